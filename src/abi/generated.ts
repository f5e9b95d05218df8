/**
 * Generated from core/layout by tools/abi/generate.mjs (node tools/build.mjs abi). Do not edit: change core/layout.
 * Offsets are the compiler's; 64-bit constants are bigints.
 */

/** ProgOp of core/layout/access_program.ts: 32 bytes. */
export const ProgOp = {
  op: { offset: 0, type: "u8" },
  sizeLog2: { offset: 1, type: "u8" },
  flags: { offset: 2, type: "u16" },
  count: { offset: 4, type: "u32" },
  gpa: { offset: 8, type: "u64" },
  stride: { offset: 16, type: "u32" },
  span: { offset: 20, type: "u32" },
  value: { offset: 24, type: "u64" },
} as const;
export const PROG_OP_SIZE = 32;

/** CodeCache of core/layout/code_cache.ts: 168 bytes. */
export const CodeCache = {
  start: { offset: 0, type: "u32" },
  limit: { offset: 4, type: "u32" },
  position: { offset: 8, type: "u32" },
  mode: { offset: 12, type: "u32" },
  repeat: { offset: 16, type: "u32" },
  has66: { offset: 20, type: "u32" },
  has67: { offset: 24, type: "u32" },
  hasLock: { offset: 28, type: "u32" },
  segment: { offset: 32, type: "u32" },
  rex: { offset: 36, type: "u32" },
  isVex: { offset: 40, type: "u32" },
  vexL: { offset: 44, type: "u32" },
  vvvv: { offset: 48, type: "u32" },
  map: { offset: 52, type: "u32" },
  opcode: { offset: 56, type: "u32" },
  modrm: { offset: 60, type: "u32" },
  operandSize: { offset: 64, type: "u32" },
  addressSize: { offset: 68, type: "u32" },
  chains: { offset: 72, type: "u32" },
  decodePad: { offset: 76, type: "u32" },
  chunk: { offset: 80, type: "u32" },
  chunkCount: { offset: 84, type: "u32" },
  opNext: { offset: 88, type: "u32" },
  opEnd: { offset: 92, type: "u32" },
  nextId: { offset: 96, type: "u32" },
  pageCount: { offset: 100, type: "u32" },
  wants: { offset: 104, type: "u32" },
  wantedPage: { offset: 108, type: "u32" },
  pending: { offset: 112, type: "u32" },
  slot: { offset: 116, type: "u32" },
  blocksDecoded: { offset: 120, type: "u64" },
  opsDecoded: { offset: 128, type: "u64" },
  flushes: { offset: 136, type: "u64" },
  pagesMarked: { offset: 144, type: "u64" },
  pagesStale: { offset: 152, type: "u64" },
  blocksDropped: { offset: 160, type: "u64" },
} as const;
export const CODE_CACHE_SIZE = 168;

/** CodePage of core/layout/code_cache.ts: 24 bytes. */
export const CodePage = {
  key: { offset: 0, type: "u32" },
  id: { offset: 4, type: "u32" },
  lines: { offset: 8, type: "u64" },
  blocks: { offset: 16, type: "u32" },
  codePagePad: { offset: 20, type: "u32" },
} as const;
export const CODE_PAGE_SIZE = 24;

/** CodeEntry of core/layout/code_cache.ts: 8 bytes. */
export const CodeEntry = {
  key: { offset: 0, type: "u32" },
  op: { offset: 4, type: "u32" },
} as const;
export const CODE_ENTRY_SIZE = 8;

/** CodeJump of core/layout/code_cache.ts: 32 bytes. */
export const CodeJump = {
  linear: { offset: 0, type: "u64" },
  tag: { offset: 8, type: "u32" },
  op: { offset: 12, type: "u32" },
  pageHost: { offset: 16, type: "u32" },
  pageKey: { offset: 20, type: "u32" },
  jumpPad: { offset: 24, type: "u64" },
} as const;
export const CODE_JUMP_SIZE = 32;

/** CodeBlock of core/layout/code_cache.ts: 32 bytes. */
export const CodeBlock = {
  next: { offset: 0, type: "u32" },
  key: { offset: 4, type: "u32" },
  ops: { offset: 8, type: "u32" },
  from: { offset: 12, type: "u32" },
  to: { offset: 16, type: "u32" },
  blockPad0: { offset: 20, type: "u32" },
  blockPad1: { offset: 24, type: "u64" },
} as const;
export const CODE_BLOCK_SIZE = 32;

/** Cpu of core/layout/cpu.ts: 216 bytes. */
export const Cpu = {
  epoch: { offset: 0, type: "u32" },
  readHeld0: { offset: 4, type: "u32" },
  readHeld1: { offset: 8, type: "u32" },
  epochPolls: { offset: 12, type: "u32" },
  rwInvolved0: { offset: 16, type: "u32" },
  rwInvolved1: { offset: 20, type: "u32" },
  pad2: { offset: 24, type: "u64" },
  pad3: { offset: 32, type: "u64" },
  pad4: { offset: 40, type: "u64" },
  pad5: { offset: 48, type: "u64" },
  pad6: { offset: 56, type: "u64" },
  wake: { offset: 64, type: "u32" },
  dead: { offset: 68, type: "u32" },
  vm: { offset: 72, type: "u32" },
  vcpu: { offset: 76, type: "u32" },
  waitingOn: { offset: 80, type: "u32" },
  pad7: { offset: 84, type: "u32" },
  pad8: { offset: 88, type: "u64" },
  pad9: { offset: 96, type: "u64" },
  pad10: { offset: 104, type: "u64" },
  pad11: { offset: 112, type: "u64" },
  pad12: { offset: 120, type: "u64" },
  id: { offset: 128, type: "u32" },
  online: { offset: 132, type: "u32" },
  traceBase: { offset: 136, type: "u32" },
  traceCapacity: { offset: 140, type: "u32" },
  traceNext: { offset: 144, type: "u32" },
  killCountdown: { offset: 148, type: "u32" },
  hookCount: { offset: 152, type: "u32" },
  heldCount: { offset: 156, type: "u32" },
  lockWaits: { offset: 160, type: "u64" },
  lockWaitNs: { offset: 168, type: "u64" },
  ret0: { offset: 176, type: "u64" },
  ret1: { offset: 184, type: "u64" },
  ret2: { offset: 192, type: "u64" },
  ret3: { offset: 200, type: "u64" },
  traceBusy: { offset: 208, type: "u32" },
  cpuPad0: { offset: 212, type: "u32" },
} as const;
export const CPU_SIZE = 216;

/** DirtyGfn of core/layout/dirty_ring.ts: 16 bytes. */
export const DirtyGfn = {
  flags: { offset: 0, type: "u32" },
  slot: { offset: 4, type: "u32" },
  offset: { offset: 8, type: "u64" },
} as const;
export const DIRTY_GFN_SIZE = 16;

/** Real of core/layout/fpu.ts: 32 bytes. */
export const Real = {
  kind: { offset: 0, type: "u32" },
  sign: { offset: 4, type: "u32" },
  exp: { offset: 8, type: "i32" },
  denormal: { offset: 12, type: "u32" },
  sig: { offset: 16, type: "u64" },
  low: { offset: 24, type: "u64" },
} as const;
export const REAL_SIZE = 32;

/** FloatEnv of core/layout/fpu.ts: 32 bytes. */
export const FloatEnv = {
  flags: { offset: 0, type: "u32" },
  masks: { offset: 4, type: "u32" },
  rounding: { offset: 8, type: "u32" },
  options: { offset: 12, type: "u32" },
  roundedUp: { offset: 16, type: "u32" },
  bits: { offset: 20, type: "u32" },
  spare: { offset: 24, type: "u64" },
} as const;
export const FLOAT_ENV_SIZE = 32;

/** Frame of core/layout/frame.ts: 16 bytes. */
export const Frame = {
  link: { offset: 0, type: "u32" },
  refcount: { offset: 4, type: "u32" },
  owner: { offset: 8, type: "u32" },
  kind: { offset: 12, type: "u8" },
  order: { offset: 13, type: "u8" },
  flags: { offset: 14, type: "u16" },
} as const;
export const FRAME_SIZE = 16;

/** Vma of core/layout/hostmm.ts: 56 bytes. */
export const Vma = {
  epochNext: { offset: 0, type: "u32" },
  epochStamp: { offset: 4, type: "u32" },
  epochFn: { offset: 8, type: "u32" },
  backing: { offset: 12, type: "u32" },
  start: { offset: 16, type: "u64" },
  end: { offset: 24, type: "u64" },
  prot: { offset: 32, type: "u32" },
  flags: { offset: 36, type: "u32" },
  source: { offset: 40, type: "u32" },
  edit: { offset: 44, type: "u32" },
  offset: { offset: 48, type: "u64" },
} as const;
export const VMA_SIZE = 56;

/** VmaArray of core/layout/hostmm.ts: 24 bytes. */
export const VmaArray = {
  epochNext: { offset: 0, type: "u32" },
  epochStamp: { offset: 4, type: "u32" },
  epochFn: { offset: 8, type: "u32" },
  count: { offset: 12, type: "u32" },
  blockOrder: { offset: 16, type: "u32" },
  arrayPad: { offset: 20, type: "u32" },
} as const;
export const VMA_ARRAY_SIZE = 24;

/** HostObject of core/layout/hostmm.ts: 16 bytes. */
export const HostObject = {
  refs: { offset: 0, type: "u32" },
  pages: { offset: 4, type: "u32" },
  nPages: { offset: 8, type: "u64" },
} as const;
export const HOST_OBJECT_SIZE = 16;

/** PhantomRange of core/layout/hostmm.ts: 32 bytes. */
export const PhantomRange = {
  refs: { offset: 0, type: "u32" },
  bitmap: { offset: 4, type: "u32" },
  level: { offset: 8, type: "u32" },
  phantomPad: { offset: 12, type: "u32" },
  basePfn: { offset: 16, type: "u64" },
  nUnits: { offset: 24, type: "u64" },
} as const;
export const PHANTOM_RANGE_SIZE = 32;

/** Mm of core/layout/hostmm.ts: 144 bytes. */
export const Mm = {
  epochNext: { offset: 0, type: "u32" },
  epochStamp: { offset: 4, type: "u32" },
  epochFn: { offset: 8, type: "u32" },
  id: { offset: 12, type: "u32" },
  next: { offset: 16, type: "u32" },
  refs: { offset: 20, type: "u32" },
  root: { offset: 24, type: "u32" },
  vmas: { offset: 28, type: "u32" },
  perCpu: { offset: 32, type: "u32" },
  perCpuOrder: { offset: 36, type: "u32" },
  linePad0: { offset: 40, type: "u64" },
  linePad1: { offset: 48, type: "u64" },
  linePad2: { offset: 56, type: "u64" },
  mmapLock: { offset: 64, type: "u64" },
  mmapLock1: { offset: 72, type: "u64" },
  mmapLock2: { offset: 80, type: "u64" },
  mmapLock3: { offset: 88, type: "u64" },
  phantomNext: { offset: 96, type: "u64" },
  vmHead: { offset: 104, type: "u32" },
  swap: { offset: 108, type: "u32" },
  clockHand: { offset: 112, type: "u64" },
  postHead: { offset: 120, type: "u32" },
  mmPad0: { offset: 124, type: "u32" },
  pagerLock: { offset: 128, type: "u64" },
  pagerHead: { offset: 136, type: "u32" },
  mmPad1: { offset: 140, type: "u32" },
} as const;
export const MM_SIZE = 144;

/** MmCpu of core/layout/hostmm.ts: 64 bytes. */
export const MmCpu = {
  residentPages: { offset: 0, type: "i64" },
  hugeLeaves: { offset: 8, type: "i64" },
  faults: { offset: 16, type: "u64" },
  cowCopies: { offset: 24, type: "u64" },
  swappedPages: { offset: 32, type: "i64" },
  pageOuts: { offset: 40, type: "u64" },
  pageIns: { offset: 48, type: "u64" },
  cleanDrops: { offset: 56, type: "u64" },
} as const;
export const MM_CPU_SIZE = 64;

/** PagerRequest of core/layout/hostmm.ts: 64 bytes. */
export const PagerRequest = {
  state: { offset: 0, type: "u32" },
  pagerId: { offset: 4, type: "u32" },
  frame: { offset: 8, type: "u32" },
  write: { offset: 12, type: "u32" },
  offset: { offset: 16, type: "u64" },
  hva: { offset: 24, type: "u64" },
  mmId: { offset: 32, type: "u32" },
  kind: { offset: 36, type: "u32" },
  mm: { offset: 40, type: "u32" },
  refs: { offset: 44, type: "u32" },
  next: { offset: 48, type: "u32" },
  linked: { offset: 52, type: "u32" },
  area: { offset: 56, type: "u32" },
  postNext: { offset: 60, type: "u32" },
} as const;
export const PAGER_REQUEST_SIZE = 64;

/** SwapArea of core/layout/hostmm.ts: 40 bytes. */
export const SwapArea = {
  refs: { offset: 0, type: "u32" },
  pagerId: { offset: 4, type: "u32" },
  lock: { offset: 8, type: "u64" },
  nSlots: { offset: 16, type: "u32" },
  freeSlot: { offset: 20, type: "u32" },
  slots: { offset: 24, type: "u32" },
  freeRequests: { offset: 28, type: "u32" },
  failures: { offset: 32, type: "u32" },
  swapPad: { offset: 36, type: "u32" },
} as const;
export const SWAP_AREA_SIZE = 40;

/** TlbEntry of core/layout/hw.ts: 32 bytes. */
export const TlbEntry = {
  readTag: { offset: 0, type: "u64" },
  writeTag: { offset: 8, type: "u64" },
  execTag: { offset: 16, type: "u64" },
  page: { offset: 24, type: "u32" },
  info: { offset: 28, type: "u32" },
} as const;
export const TLB_ENTRY_SIZE = 32;

/** KArray of core/layout/karray.ts: 16 bytes. */
export const KArray = {
  bytes: { offset: 0, type: "u64" },
  chunks: { offset: 8, type: "u32" },
  karrayPad: { offset: 12, type: "u32" },
} as const;
export const KARRAY_SIZE = 16;

/** Lab of core/layout/lab.ts: 40 bytes. */
export const Lab = {
  monitor: { offset: 0, type: "u32" },
  quiet: { offset: 4, type: "u32" },
  options: { offset: 8, type: "u32" },
  callEnds: { offset: 12, type: "u32" },
  told: { offset: 16, type: "u64" },
  installs: { offset: 24, type: "u64" },
  mmioInstalls: { offset: 32, type: "u64" },
} as const;
export const LAB_SIZE = 40;

/** LabSection of core/layout/lab.ts: 8 bytes. */
export const LabSection = {
  accesses: { offset: 0, type: "u32" },
  inSection: { offset: 4, type: "u32" },
} as const;
export const LAB_SECTION_SIZE = 8;

/** LabTranslation of core/layout/lab.ts: 32 bytes. */
export const LabTranslation = {
  page: { offset: 0, type: "u64" },
  hpa: { offset: 8, type: "u64" },
  permissions: { offset: 16, type: "u32" },
  flushers: { offset: 20, type: "u32" },
  isFlushed: { offset: 24, type: "u32" },
  byCpu: { offset: 28, type: "u16" },
  byCall: { offset: 30, type: "u16" },
} as const;
export const LAB_TRANSLATION_SIZE = 32;

/** LabWalk of core/layout/lab.ts: 24 bytes. */
export const LabWalk = {
  table: { offset: 0, type: "u64" },
  all: { offset: 8, type: "u64" },
  level: { offset: 16, type: "u32" },
  next: { offset: 20, type: "u32" },
} as const;
export const LAB_WALK_SIZE = 24;

/** LabPagingEntry of core/layout/lab.ts: 32 bytes. */
export const LabPagingEntry = {
  table: { offset: 0, type: "u64" },
  all: { offset: 8, type: "u64" },
  tag: { offset: 16, type: "u64" },
  level: { offset: 24, type: "u32" },
  pad: { offset: 28, type: "u32" },
} as const;
export const LAB_PAGING_ENTRY_SIZE = 32;

/** LinearEntry of core/layout/linear_tlb.ts: 32 bytes. */
export const LinearEntry = {
  readTag: { offset: 0, type: "u64" },
  writeTag: { offset: 8, type: "u64" },
  execTag: { offset: 16, type: "u64" },
  addend: { offset: 24, type: "u32" },
  pad: { offset: 28, type: "u32" },
} as const;
export const LINEAR_ENTRY_SIZE = 32;

/** SecondEntry of core/layout/linear_tlb.ts: 16 bytes. */
export const SecondEntry = {
  key: { offset: 0, type: "u64" },
  page: { offset: 8, type: "u32" },
  info: { offset: 12, type: "u32" },
} as const;
export const SECOND_ENTRY_SIZE = 16;

/** TableEntry of core/layout/linear_tlb.ts: 32 bytes. */
export const TableEntry = {
  region: { offset: 0, type: "u64" },
  gpa: { offset: 8, type: "u64" },
  all: { offset: 16, type: "u64" },
  generation: { offset: 24, type: "u32" },
  table: { offset: 28, type: "u32" },
} as const;
export const TABLE_ENTRY_SIZE = 32;

/** Memslot of core/layout/memslot.ts: 64 bytes. */
export const Memslot = {
  epochNext: { offset: 0, type: "u32" },
  epochStamp: { offset: 4, type: "u32" },
  epochFn: { offset: 8, type: "u32" },
  id: { offset: 12, type: "u16" },
  asId: { offset: 14, type: "u16" },
  baseGfn: { offset: 16, type: "u64" },
  nPages: { offset: 24, type: "u64" },
  userspaceAddr: { offset: 32, type: "u64" },
  flags: { offset: 40, type: "u32" },
  lpageInfo2m: { offset: 44, type: "u32" },
  lpageInfo1g: { offset: 48, type: "u32" },
  dirtyBitmap: { offset: 52, type: "u32" },
  arraysMoved: { offset: 56, type: "u32" },
  writeTrack: { offset: 60, type: "u32" },
} as const;
export const MEMSLOT_SIZE = 64;

/** Memslots of core/layout/memslot.ts: 40 bytes. */
export const Memslots = {
  epochNext: { offset: 0, type: "u32" },
  epochStamp: { offset: 4, type: "u32" },
  epochFn: { offset: 8, type: "u32" },
  count: { offset: 12, type: "u32" },
  generation: { offset: 16, type: "u64" },
  byGfn: { offset: 24, type: "u32" },
  byHva: { offset: 28, type: "u32" },
  hvaMaxEnd: { offset: 32, type: "u32" },
  order: { offset: 36, type: "u32" },
} as const;
export const MEMSLOTS_SIZE = 40;

/** MmuPage of core/layout/mmu_page.ts: 72 bytes. */
export const MmuPage = {
  epochNext: { offset: 0, type: "u32" },
  epochStamp: { offset: 4, type: "u32" },
  epochFn: { offset: 8, type: "u32" },
  role: { offset: 12, type: "u32" },
  gfn: { offset: 16, type: "u64" },
  spt: { offset: 24, type: "u32" },
  ptep: { offset: 28, type: "u32" },
  vm: { offset: 32, type: "u32" },
  rootCount: { offset: 36, type: "u32" },
  linkNext: { offset: 40, type: "u32" },
  linkPrev: { offset: 44, type: "u32" },
  scheduledToZap: { offset: 48, type: "u32" },
  nxHugePageDisallowed: { offset: 52, type: "u32" },
  nxNext: { offset: 56, type: "u32" },
  nxPrev: { offset: 60, type: "u32" },
  onNxList: { offset: 64, type: "u32" },
  mmuPagePad: { offset: 68, type: "u32" },
} as const;
export const MMU_PAGE_SIZE = 72;

/** Fault of core/layout/mmu_walk.ts: 72 bytes. */
export const Fault = {
  gpa: { offset: 0, type: "u64" },
  gfn: { offset: 8, type: "u64" },
  errorCode: { offset: 16, type: "u64" },
  mmuSeq: { offset: 24, type: "u64" },
  pfn: { offset: 32, type: "u64" },
  hva: { offset: 40, type: "u64" },
  slot: { offset: 48, type: "u32" },
  flags: { offset: 52, type: "u32" },
  maxLevel: { offset: 56, type: "u32" },
  reqLevel: { offset: 60, type: "u32" },
  goalLevel: { offset: 64, type: "u32" },
  hostLevel: { offset: 68, type: "u32" },
} as const;
export const FAULT_SIZE = 72;

/** TdpIter of core/layout/mmu_walk.ts: 96 bytes. */
export const TdpIter = {
  nextLastLevelGfn: { offset: 0, type: "u64" },
  yieldedGfn: { offset: 8, type: "u64" },
  gfn: { offset: 16, type: "u64" },
  oldSpte: { offset: 24, type: "u64" },
  pt0: { offset: 32, type: "u32" },
  pt1: { offset: 36, type: "u32" },
  pt2: { offset: 40, type: "u32" },
  pt3: { offset: 44, type: "u32" },
  pt4: { offset: 48, type: "u32" },
  pt5: { offset: 52, type: "u32" },
  sptep: { offset: 56, type: "u32" },
  level: { offset: 60, type: "u32" },
  rootLevel: { offset: 64, type: "u32" },
  minLevel: { offset: 68, type: "u32" },
  asId: { offset: 72, type: "u32" },
  valid: { offset: 76, type: "u32" },
  yielded: { offset: 80, type: "u32" },
  vm: { offset: 84, type: "u32" },
  root: { offset: 88, type: "u32" },
  work: { offset: 92, type: "u32" },
} as const;
export const TDP_ITER_SIZE = 96;

/** PortFragment of core/layout/port.ts: 32 bytes. */
export const PortFragment = {
  gpa: { offset: 0, type: "u64" },
  size: { offset: 8, type: "u32" },
  fragmentPad: { offset: 12, type: "u32" },
  data: { offset: 16, type: "u64" },
  dataHigh: { offset: 24, type: "u64" },
} as const;
export const PORT_FRAGMENT_SIZE = 32;

/** SpinLock of core/layout/sync.ts: 8 bytes. */
export const SpinLock = {
  word: { offset: 0, type: "u32" },
  rank: { offset: 4, type: "u32" },
} as const;
export const SPIN_LOCK_SIZE = 8;

/** RwLock of core/layout/sync.ts: 32 bytes. */
export const RwLock = {
  writer: { offset: 0, type: "u32" },
  readersWake: { offset: 4, type: "u32" },
  readersWaiting: { offset: 8, type: "u32" },
  ticket: { offset: 12, type: "u32" },
  serving: { offset: 16, type: "u32" },
  readers: { offset: 20, type: "u32" },
  kind: { offset: 24, type: "u16" },
  broken: { offset: 26, type: "u16" },
  rank: { offset: 28, type: "u32" },
} as const;
export const RW_LOCK_SIZE = 32;

/** EpochNode of core/layout/sync.ts: 12 bytes. */
export const EpochNode = {
  epochNext: { offset: 0, type: "u32" },
  epochStamp: { offset: 4, type: "u32" },
  epochFn: { offset: 8, type: "u32" },
} as const;
export const EPOCH_NODE_SIZE = 12;

/** System of core/layout/system.ts: 288 bytes. */
export const System = {
  magic: { offset: 0, type: "u32" },
  dead: { offset: 4, type: "u32" },
  traceMask: { offset: 8, type: "u64" },
  frameMeta: { offset: 16, type: "u32" },
  arenaStartPfn: { offset: 20, type: "u32" },
  arenaEndPfn: { offset: 24, type: "u32" },
  epoch: { offset: 28, type: "u32" },
  cpuLimit: { offset: 32, type: "u32" },
  nCpus: { offset: 36, type: "u32" },
  memFrames: { offset: 40, type: "u32" },
  nxHugePages: { offset: 44, type: "u32" },
  nxRecoveryRatio: { offset: 48, type: "u32" },
  nxRecoveryPeriodMs: { offset: 52, type: "u32" },
  systemPad0: { offset: 56, type: "u64" },
  epochLock: { offset: 64, type: "u64" },
  epochPending: { offset: 72, type: "u32" },
  epochHead: { offset: 76, type: "u32" },
  epochTail: { offset: 80, type: "u32" },
  systemPad1: { offset: 84, type: "u32" },
  systemPad2: { offset: 88, type: "u64" },
  systemPad3: { offset: 96, type: "u64" },
  systemPad4: { offset: 104, type: "u64" },
  systemPad5: { offset: 112, type: "u64" },
  systemPad6: { offset: 120, type: "u64" },
  buddyLock: { offset: 128, type: "u64" },
  buddyFree: { offset: 136, type: "u32" },
  buddyPad: { offset: 140, type: "u32" },
  systemPad7: { offset: 144, type: "u64" },
  systemPad8: { offset: 152, type: "u64" },
  systemPad9: { offset: 160, type: "u64" },
  systemPad10: { offset: 168, type: "u64" },
  systemPad11: { offset: 176, type: "u64" },
  systemPad12: { offset: 184, type: "u64" },
  slabLock: { offset: 192, type: "u64" },
  slabObjects: { offset: 200, type: "u32" },
  slabFrames: { offset: 204, type: "u32" },
  systemPad13: { offset: 208, type: "u64" },
  systemPad14: { offset: 216, type: "u64" },
  systemPad15: { offset: 224, type: "u64" },
  systemPad16: { offset: 232, type: "u64" },
  systemPad17: { offset: 240, type: "u64" },
  systemPad18: { offset: 248, type: "u64" },
  vmLock: { offset: 256, type: "u64" },
  vmHead: { offset: 264, type: "u32" },
  mmHead: { offset: 268, type: "u32" },
  nextVmId: { offset: 272, type: "u32" },
  nextMmId: { offset: 276, type: "u32" },
  codeCaches: { offset: 280, type: "u32" },
  debugYieldEvery: { offset: 284, type: "u32" },
} as const;
export const SYSTEM_SIZE = 288;

/** TraceRecord of core/layout/trace.ts: 64 bytes. */
export const TraceRecord = {
  timeNs: { offset: 0, type: "f64" },
  event: { offset: 8, type: "u16" },
  cpu: { offset: 10, type: "u16" },
  vcpu: { offset: 12, type: "u32" },
  a: { offset: 16, type: "u64" },
  b: { offset: 24, type: "u64" },
  c: { offset: 32, type: "u64" },
  d: { offset: 40, type: "u64" },
  e: { offset: 48, type: "u64" },
  f: { offset: 56, type: "u64" },
} as const;
export const TRACE_RECORD_SIZE = 64;

/** Vcpu of core/layout/vcpu.ts: 736 bytes. */
export const Vcpu = {
  mode: { offset: 0, type: "u32" },
  requests: { offset: 4, type: "u32" },
  flushReq: { offset: 8, type: "u32" },
  flushAck: { offset: 12, type: "u32" },
  flushWaiters: { offset: 16, type: "u32" },
  cpu: { offset: 20, type: "u32" },
  running: { offset: 24, type: "u32" },
  id: { offset: 28, type: "u32" },
  vm: { offset: 32, type: "u32" },
  linePad0: { offset: 36, type: "u32" },
  linePad1: { offset: 40, type: "u64" },
  linePad2: { offset: 48, type: "u64" },
  linePad3: { offset: 56, type: "u64" },
  hwFormat: { offset: 64, type: "u32" },
  hwLevels: { offset: 68, type: "u32" },
  hwRoot: { offset: 72, type: "u64" },
  hwFlags: { offset: 80, type: "u32" },
  hwMaxPhyAddr: { offset: 84, type: "u32" },
  hwPmlBase: { offset: 88, type: "u32" },
  hwPmlIndex: { offset: 92, type: "u32" },
  tlbBase: { offset: 96, type: "u32" },
  tlbMask: { offset: 100, type: "u32" },
  tlbTag: { offset: 104, type: "u32" },
  hwExitReason: { offset: 108, type: "u32" },
  hwExitQualification: { offset: 112, type: "u64" },
  hwExitGpa: { offset: 120, type: "u64" },
  tlbFlushes: { offset: 128, type: "u64" },
  hwWalks: { offset: 136, type: "u64" },
  hwEntry1: { offset: 144, type: "u64" },
  hwEntry2: { offset: 152, type: "u64" },
  hwEntry3: { offset: 160, type: "u64" },
  hwEntry4: { offset: 168, type: "u64" },
  hwEntry5: { offset: 176, type: "u64" },
  root: { offset: 184, type: "u32" },
  asId: { offset: 188, type: "u32" },
  guestMode: { offset: 192, type: "u32" },
  lastSlot: { offset: 196, type: "u32" },
  mmuPad0: { offset: 200, type: "u32" },
  lastSlotsGeneration: { offset: 208, type: "u64" },
  pageCacheCount: { offset: 216, type: "u32" },
  headerCacheCount: { offset: 220, type: "u32" },
  vcpuPad0: { offset: 224, type: "u32" },
  pageCache0: { offset: 232, type: "u64" },
  pageCache1: { offset: 240, type: "u64" },
  pageCache2: { offset: 248, type: "u64" },
  pageCache3: { offset: 256, type: "u64" },
  headerCache0: { offset: 264, type: "u64" },
  headerCache1: { offset: 272, type: "u64" },
  headerCache2: { offset: 280, type: "u64" },
  headerCache3: { offset: 288, type: "u64" },
  mmioGfn: { offset: 296, type: "u64" },
  mmioGeneration: { offset: 304, type: "u64" },
  mmioAccess: { offset: 312, type: "u32" },
  lastRetryPc: { offset: 316, type: "u32" },
  lastRetryAddr: { offset: 320, type: "u64" },
  exitReason: { offset: 328, type: "u32" },
  exitError: { offset: 332, type: "i32" },
  mmioLen: { offset: 336, type: "u32" },
  mmioIsWrite: { offset: 340, type: "u32" },
  mmioPhysAddr: { offset: 344, type: "u64" },
  mmioData: { offset: 352, type: "u64" },
  mmioPending: { offset: 360, type: "u32" },
  faultFlags: { offset: 364, type: "u32" },
  faultGpa: { offset: 368, type: "u64" },
  faultSize: { offset: 376, type: "u64" },
  pagerRequest: { offset: 384, type: "u32" },
  runStatus: { offset: 388, type: "i32" },
  progBase: { offset: 392, type: "u32" },
  progCount: { offset: 396, type: "u32" },
  progPc: { offset: 400, type: "u32" },
  progEmulate: { offset: 404, type: "u32" },
  progIter: { offset: 408, type: "u64" },
  progState: { offset: 416, type: "u64" },
  progAccesses: { offset: 424, type: "u64" },
  progMismatches: { offset: 432, type: "u64" },
  progLastValue: { offset: 440, type: "u64" },
  pfTaken: { offset: 448, type: "u64" },
  pfFixed: { offset: 456, type: "u64" },
  pfEmulate: { offset: 464, type: "u64" },
  pfSpurious: { offset: 472, type: "u64" },
  pfRetry: { offset: 480, type: "u64" },
  pfFast: { offset: 488, type: "u64" },
  pfMmioSpteCreated: { offset: 496, type: "u64" },
  tlbFlush: { offset: 504, type: "u64" },
  exits: { offset: 512, type: "u64" },
  mmioExits: { offset: 520, type: "u64" },
  timing: { offset: 528, type: "u32" },
  histogram: { offset: 532, type: "u32" },
  faultStartNs: { offset: 536, type: "f64" },
  faultMaxNs: { offset: 544, type: "u64" },
  faultTotalNs: { offset: 552, type: "u64" },
  pagerWaits: { offset: 560, type: "u64" },
  progStamp: { offset: 568, type: "u64" },
  progBadGpa: { offset: 576, type: "u64" },
  progBadValue: { offset: 584, type: "u64" },
  progBadExpected: { offset: 592, type: "u64" },
  progOrder: { offset: 600, type: "u32" },
  emuOffset: { offset: 604, type: "u32" },
  emuData: { offset: 608, type: "u64" },
  internalSuberror: { offset: 616, type: "u32" },
  ringBase: { offset: 620, type: "u32" },
  ringDirtyIndex: { offset: 624, type: "u32" },
  ringResetIndex: { offset: 628, type: "u32" },
  dirtyRingExits: { offset: 632, type: "u64" },
  pmlFullExits: { offset: 640, type: "u64" },
  asyncPfBase: { offset: 648, type: "u32" },
  asyncPfCount: { offset: 652, type: "u32" },
  asyncPfEnabled: { offset: 656, type: "u32" },
  asyncPfSeq: { offset: 660, type: "u32" },
  asyncPfWaiting: { offset: 664, type: "u32" },
  progIsDeferred: { offset: 668, type: "u32" },
  progResumeIter: { offset: 672, type: "u64" },
  asyncPfNotPresent: { offset: 680, type: "u64" },
  asyncPfReady: { offset: 688, type: "u64" },
  asyncPfRepeated: { offset: 696, type: "u64" },
  x86: { offset: 704, type: "u32" },
  portBase: { offset: 708, type: "u32" },
  portAnswered: { offset: 712, type: "u32" },
  portReads: { offset: 716, type: "u32" },
  portWrites: { offset: 720, type: "u32" },
  portDone: { offset: 724, type: "u32" },
  portDoneBytes: { offset: 728, type: "u32" },
  portStatus: { offset: 732, type: "i32" },
} as const;
export const VCPU_SIZE = 736;

/** AsyncPf of core/layout/vcpu.ts: 24 bytes. */
export const AsyncPf = {
  gpa: { offset: 0, type: "u64" },
  iter: { offset: 8, type: "u64" },
  request: { offset: 16, type: "u32" },
  token: { offset: 20, type: "u32" },
} as const;
export const ASYNC_PF_SIZE = 24;

/** Vm of core/layout/vm.ts: 304 bytes. */
export const Vm = {
  id: { offset: 0, type: "u32" },
  dead: { offset: 4, type: "u32" },
  next: { offset: 8, type: "u32" },
  mmNext: { offset: 12, type: "u32" },
  mm: { offset: 16, type: "u32" },
  tdp: { offset: 20, type: "u32" },
  params: { offset: 24, type: "u32" },
  rootLevel: { offset: 28, type: "u32" },
  presentMask: { offset: 32, type: "u64" },
  userMask: { offset: 40, type: "u64" },
  xMask: { offset: 48, type: "u64" },
  nxMask: { offset: 56, type: "u64" },
  accessedMask: { offset: 64, type: "u64" },
  dirtyMask: { offset: 72, type: "u64" },
  hostWritableMask: { offset: 80, type: "u64" },
  mmuWritableMask: { offset: 88, type: "u64" },
  accTrackMask: { offset: 96, type: "u64" },
  memtypeMask: { offset: 104, type: "u64" },
  mmioValue: { offset: 112, type: "u64" },
  mmioMask: { offset: 120, type: "u64" },
  mmioAccessMask: { offset: 128, type: "u64" },
  mmuLock: { offset: 136, type: "u64" },
  mmuLock1: { offset: 144, type: "u64" },
  mmuLock2: { offset: 152, type: "u64" },
  mmuLock3: { offset: 160, type: "u64" },
  invalidateSeq: { offset: 168, type: "u64" },
  invalidateInProgress: { offset: 176, type: "u32" },
  rootsCount: { offset: 180, type: "u32" },
  invalidateStart: { offset: 184, type: "u64" },
  invalidateEnd: { offset: 192, type: "u64" },
  tdpMmuPagesLock: { offset: 200, type: "u64" },
  tdpMmuRoots: { offset: 208, type: "u32" },
  possibleNxHugePages: { offset: 212, type: "u32" },
  possibleNxHugePagesTail: { offset: 216, type: "u32" },
  nxPad: { offset: 220, type: "u32" },
  slotsLock: { offset: 224, type: "u64" },
  memslots0: { offset: 232, type: "u32" },
  memslots1: { offset: 236, type: "u32" },
  slotPages: { offset: 240, type: "u64" },
  mnActiveCount: { offset: 248, type: "u32" },
  mnWaiting: { offset: 252, type: "u32" },
  mnInvalidateLock: { offset: 256, type: "u64" },
  vcpus: { offset: 264, type: "u32" },
  vcpuCount: { offset: 268, type: "u32" },
  perCpu: { offset: 272, type: "u32" },
  perCpuOrder: { offset: 276, type: "u32" },
  loggedSlots: { offset: 280, type: "u32" },
  manualProtect: { offset: 284, type: "u32" },
  ringEntries: { offset: 288, type: "u32" },
  ringSoftLimit: { offset: 292, type: "u32" },
  exclusive: { offset: 296, type: "u32" },
  exclusivePad: { offset: 300, type: "u32" },
} as const;
export const VM_SIZE = 304;

/** VmCpu of core/layout/vm.ts: 128 bytes. */
export const VmCpu = {
  pages4k: { offset: 0, type: "i64" },
  pages2m: { offset: 8, type: "i64" },
  pages1g: { offset: 16, type: "i64" },
  tdpMmuPages: { offset: 24, type: "i64" },
  nxLpageSplits: { offset: 32, type: "i64" },
  remoteTlbFlushRequests: { offset: 40, type: "u64" },
  remoteTlbFlush: { offset: 48, type: "u64" },
  lockWaits: { offset: 56, type: "u64" },
  lockWaitNs: { offset: 64, type: "u64" },
  vmCpuPad0: { offset: 72, type: "u64" },
  vmCpuPad1: { offset: 80, type: "u64" },
  vmCpuPad5: { offset: 88, type: "u64" },
  vmCpuPad6: { offset: 96, type: "u64" },
  vmCpuPad2: { offset: 104, type: "u64" },
  vmCpuPad3: { offset: 112, type: "u64" },
  vmCpuPad4: { offset: 120, type: "u64" },
} as const;
export const VM_CPU_SIZE = 128;

/** Segment of core/layout/x86.ts: 24 bytes. */
export const Segment = {
  base: { offset: 0, type: "u64" },
  limit: { offset: 8, type: "u32" },
  selector: { offset: 12, type: "u16" },
  segPad: { offset: 14, type: "u16" },
  attributes: { offset: 16, type: "u32" },
  segPad1: { offset: 20, type: "u32" },
} as const;
export const SEGMENT_SIZE = 24;

/** X86 of core/layout/x86.ts: 1424 bytes. */
export const X86 = {
  rax: { offset: 0, type: "u64" },
  rcx: { offset: 8, type: "u64" },
  rdx: { offset: 16, type: "u64" },
  rbx: { offset: 24, type: "u64" },
  rsp: { offset: 32, type: "u64" },
  rbp: { offset: 40, type: "u64" },
  rsi: { offset: 48, type: "u64" },
  rdi: { offset: 56, type: "u64" },
  r8: { offset: 64, type: "u64" },
  r9: { offset: 72, type: "u64" },
  r10: { offset: 80, type: "u64" },
  r11: { offset: 88, type: "u64" },
  r12: { offset: 96, type: "u64" },
  r13: { offset: 104, type: "u64" },
  r14: { offset: 112, type: "u64" },
  r15: { offset: 120, type: "u64" },
  zero: { offset: 128, type: "u64" },
  lazyResult: { offset: 136, type: "u64" },
  lazyAux: { offset: 144, type: "u64" },
  flags: { offset: 152, type: "u64" },
  rip: { offset: 160, type: "u64" },
  pageLinear: { offset: 168, type: "u64" },
  ripBase: { offset: 176, type: "u64" },
  pageHost: { offset: 184, type: "u32" },
  vcpu: { offset: 188, type: "u32" },
  retired: { offset: 192, type: "u64" },
  value0: { offset: 200, type: "u64" },
  value1: { offset: 208, type: "u64" },
  value2: { offset: 216, type: "u64" },
  value3: { offset: 224, type: "u64" },
  pointer: { offset: 232, type: "u32" },
  codeMode: { offset: 236, type: "u32" },
  cpl: { offset: 240, type: "u32" },
  smm: { offset: 244, type: "u32" },
  inhibit: { offset: 248, type: "u32" },
  stepping: { offset: 252, type: "u32" },
  ltlbBase: { offset: 256, type: "u32" },
  ltlbMask: { offset: 260, type: "u32" },
  ltlbTag: { offset: 264, type: "u32" },
  ltlbView: { offset: 268, type: "u32" },
  ltlbBlock: { offset: 272, type: "u32" },
  ltlbSpace: { offset: 276, type: "u32" },
  ltlbGlobal: { offset: 280, type: "u32" },
  ltlbFloor: { offset: 284, type: "u32" },
  ltlbNext: { offset: 288, type: "u32" },
  ltlbWalks: { offset: 292, type: "u32" },
  ltlbModes: { offset: 296, type: "u64" },
  ltlbMisses: { offset: 304, type: "u64" },
  guestWalks: { offset: 312, type: "u64" },
  walkGpa: { offset: 320, type: "u64" },
  walkInfo: { offset: 328, type: "u32" },
  walkError: { offset: 332, type: "u32" },
  walkRights: { offset: 336, type: "u32" },
  walkStatus: { offset: 340, type: "i32" },
  walkPort: { offset: 344, type: "u64" },
  walkEntry1: { offset: 352, type: "u64" },
  walkEntry2: { offset: 360, type: "u64" },
  walkEntry3: { offset: 368, type: "u64" },
  walkEntry4: { offset: 376, type: "u64" },
  walkEntry5: { offset: 384, type: "u64" },
  rmwFirst: { offset: 392, type: "u32" },
  rmwSecond: { offset: 396, type: "u32" },
  rmwGpa: { offset: 400, type: "u64" },
  rmwGpa1: { offset: 408, type: "u64" },
  codeCache: { offset: 416, type: "u32" },
  codeEntries: { offset: 420, type: "u32" },
  codePages: { offset: 424, type: "u32" },
  codePageKey: { offset: 428, type: "u32" },
  codeStatus: { offset: 432, type: "i32" },
  codeJumps: { offset: 436, type: "u32" },
  codeJumpTag: { offset: 440, type: "u32" },
  codePad: { offset: 444, type: "u32" },
  excVector: { offset: 448, type: "u32" },
  excHasError: { offset: 452, type: "u32" },
  excError: { offset: 456, type: "u32" },
  excKind: { offset: 460, type: "u32" },
  excAddress: { offset: 464, type: "u64" },
  delivering: { offset: 472, type: "u32" },
  irqPending: { offset: 476, type: "u32" },
  nmiPending: { offset: 480, type: "u32" },
  nmiMasked: { offset: 484, type: "u32" },
  smiPending: { offset: 488, type: "u32" },
  initPending: { offset: 492, type: "u32" },
  sipiPending: { offset: 496, type: "u32" },
  mpState: { offset: 500, type: "u32" },
  pendingDb: { offset: 504, type: "u64" },
  segments: { offset: 512, type: "u64" },
  segmentsRest: { offset: 520, type: "u64" },
  segmentsRest1: { offset: 528, type: "u64" },
  seg1: { offset: 536, type: "u64" },
  seg1a: { offset: 544, type: "u64" },
  seg1b: { offset: 552, type: "u64" },
  seg2: { offset: 560, type: "u64" },
  seg2a: { offset: 568, type: "u64" },
  seg2b: { offset: 576, type: "u64" },
  seg3: { offset: 584, type: "u64" },
  seg3a: { offset: 592, type: "u64" },
  seg3b: { offset: 600, type: "u64" },
  seg4: { offset: 608, type: "u64" },
  seg4a: { offset: 616, type: "u64" },
  seg4b: { offset: 624, type: "u64" },
  seg5: { offset: 632, type: "u64" },
  seg5a: { offset: 640, type: "u64" },
  seg5b: { offset: 648, type: "u64" },
  seg6: { offset: 656, type: "u64" },
  seg6a: { offset: 664, type: "u64" },
  seg6b: { offset: 672, type: "u64" },
  seg7: { offset: 680, type: "u64" },
  seg7a: { offset: 688, type: "u64" },
  seg7b: { offset: 696, type: "u64" },
  gdtBase: { offset: 704, type: "u64" },
  idtBase: { offset: 712, type: "u64" },
  gdtLimit: { offset: 720, type: "u32" },
  idtLimit: { offset: 724, type: "u32" },
  cr0: { offset: 728, type: "u64" },
  cr2: { offset: 736, type: "u64" },
  cr3: { offset: 744, type: "u64" },
  cr4: { offset: 752, type: "u64" },
  cr8: { offset: 760, type: "u64" },
  efer: { offset: 768, type: "u64" },
  xcr0: { offset: 776, type: "u64" },
  pkru: { offset: 784, type: "u64" },
  dr0: { offset: 792, type: "u64" },
  dr1: { offset: 800, type: "u64" },
  dr2: { offset: 808, type: "u64" },
  dr3: { offset: 816, type: "u64" },
  dr6: { offset: 824, type: "u64" },
  dr7: { offset: 832, type: "u64" },
  pdpte0: { offset: 840, type: "u64" },
  pdpte1: { offset: 848, type: "u64" },
  pdpte2: { offset: 856, type: "u64" },
  pdpte3: { offset: 864, type: "u64" },
  star: { offset: 872, type: "u64" },
  lstar: { offset: 880, type: "u64" },
  cstar: { offset: 888, type: "u64" },
  sfmask: { offset: 896, type: "u64" },
  kernelGsBase: { offset: 904, type: "u64" },
  tscAux: { offset: 912, type: "u64" },
  sysenterCs: { offset: 920, type: "u64" },
  sysenterEsp: { offset: 928, type: "u64" },
  sysenterEip: { offset: 936, type: "u64" },
  pat: { offset: 944, type: "u64" },
  apicBase: { offset: 952, type: "u64" },
  miscEnable: { offset: 960, type: "u64" },
  featureControl: { offset: 968, type: "u64" },
  smbase: { offset: 976, type: "u64" },
  debugCtl: { offset: 984, type: "u64" },
  xss: { offset: 992, type: "u64" },
  tscOffset: { offset: 1000, type: "u64" },
  tscAdjust: { offset: 1008, type: "u64" },
  tscDeadline: { offset: 1016, type: "u64" },
  mtrrDefType: { offset: 1024, type: "u64" },
  mtrr0: { offset: 1032, type: "u64" },
  mtrrs1: { offset: 1040, type: "u64" },
  mtrrs2: { offset: 1048, type: "u64" },
  mtrrs3: { offset: 1056, type: "u64" },
  mtrrs4: { offset: 1064, type: "u64" },
  mtrrs5: { offset: 1072, type: "u64" },
  mtrrs6: { offset: 1080, type: "u64" },
  mtrrs7: { offset: 1088, type: "u64" },
  mtrrs8: { offset: 1096, type: "u64" },
  mtrrs9: { offset: 1104, type: "u64" },
  mtrrs10: { offset: 1112, type: "u64" },
  mtrrs11: { offset: 1120, type: "u64" },
  mtrrs12: { offset: 1128, type: "u64" },
  mtrrs13: { offset: 1136, type: "u64" },
  mtrrs14: { offset: 1144, type: "u64" },
  mtrrs15: { offset: 1152, type: "u64" },
  mtrrs16: { offset: 1160, type: "u64" },
  mtrrs17: { offset: 1168, type: "u64" },
  mtrrs18: { offset: 1176, type: "u64" },
  mtrrs19: { offset: 1184, type: "u64" },
  mtrrs20: { offset: 1192, type: "u64" },
  mtrrs21: { offset: 1200, type: "u64" },
  mtrrs22: { offset: 1208, type: "u64" },
  mtrrs23: { offset: 1216, type: "u64" },
  mtrrs24: { offset: 1224, type: "u64" },
  mtrrs25: { offset: 1232, type: "u64" },
  mtrrs26: { offset: 1240, type: "u64" },
  features: { offset: 1248, type: "u64" },
  cpuidBase: { offset: 1256, type: "u32" },
  cpuidCount: { offset: 1260, type: "u32" },
  maxPhyAddr: { offset: 1264, type: "u32" },
  deterministic: { offset: 1268, type: "u32" },
  ioPort: { offset: 1272, type: "u32" },
  ioSize: { offset: 1276, type: "u32" },
  ioIn: { offset: 1280, type: "u32" },
  ioState: { offset: 1284, type: "u32" },
  random: { offset: 1288, type: "u64" },
  rflags: { offset: 1296, type: "u64" },
  ioCount: { offset: 1304, type: "u32" },
  ioDone: { offset: 1308, type: "u32" },
  deliverError: { offset: 1312, type: "u32" },
  deliverKind: { offset: 1316, type: "u32" },
  deliverAddress: { offset: 1320, type: "u64" },
  inhibitRip: { offset: 1328, type: "u64" },
  pauses: { offset: 1336, type: "u32" },
  fenceWord: { offset: 1340, type: "u32" },
  taskPending: { offset: 1344, type: "u32" },
  smmSwitch: { offset: 1348, type: "u32" },
  watchHits: { offset: 1352, type: "u32" },
  irqWindow: { offset: 1356, type: "u32" },
  retiredLimit: { offset: 1360, type: "u64" },
  fcw: { offset: 1368, type: "u16" },
  fsw: { offset: 1370, type: "u16" },
  fpuTop: { offset: 1372, type: "u16" },
  fpuEmpty: { offset: 1374, type: "u16" },
  fop: { offset: 1376, type: "u16" },
  fcs: { offset: 1378, type: "u16" },
  fds: { offset: 1380, type: "u16" },
  fpuPad: { offset: 1382, type: "u16" },
  fip: { offset: 1384, type: "u64" },
  fdp: { offset: 1392, type: "u64" },
  mxcsr: { offset: 1400, type: "u32" },
  mxcsrPad: { offset: 1404, type: "u32" },
  fpuSpare0: { offset: 1408, type: "u64" },
  fpuSpare1: { offset: 1416, type: "u64" },
} as const;
export const X86_SIZE = 1424;

/** Op of core/layout/x86_op.ts: 32 bytes. */
export const Op = {
  code: { offset: 0, type: "u16" },
  length: { offset: 2, type: "u8" },
  flags: { offset: 3, type: "u8" },
  offset: { offset: 4, type: "u16" },
  count: { offset: 6, type: "u16" },
  reg: { offset: 8, type: "u16" },
  rm: { offset: 10, type: "u16" },
  base: { offset: 12, type: "u8" },
  index: { offset: 13, type: "u8" },
  addr: { offset: 14, type: "u8" },
  vvvv: { offset: 15, type: "u8" },
  disp: { offset: 16, type: "i32" },
  fn: { offset: 20, type: "u32" },
  imm: { offset: 24, type: "u64" },
} as const;
export const OP_SIZE = 32;

/** CpuidEntry of core/layout/x86_system.ts: 40 bytes. */
export const CpuidEntry = {
  function: { offset: 0, type: "u32" },
  index: { offset: 4, type: "u32" },
  flags: { offset: 8, type: "u32" },
  eax: { offset: 12, type: "u32" },
  ebx: { offset: 16, type: "u32" },
  ecx: { offset: 20, type: "u32" },
  edx: { offset: 24, type: "u32" },
  padding0: { offset: 28, type: "u32" },
  padding1: { offset: 32, type: "u32" },
  padding2: { offset: 36, type: "u32" },
} as const;
export const CPUID_ENTRY_SIZE = 40;

/** MsrEntry of core/layout/x86_system.ts: 16 bytes. */
export const MsrEntry = {
  index: { offset: 0, type: "u32" },
  msrPad: { offset: 4, type: "u32" },
  data: { offset: 8, type: "u64" },
} as const;
export const MSR_ENTRY_SIZE = 16;

// core/layout/access_program.ts
export const PROG_OP_BYTES = 32;
export const PROG_OP_SHIFT = 5;
export const PROG_READ = 1;
export const PROG_WRITE = 2;
export const PROG_FETCH = 3;
export const PROG_ADD = 4;
export const PROG_ROLE = 5;
export const PROG_LOOP = 6;
export const PROG_STAMP = 7;
export const PROG_AWAIT = 8;
export const PROG_PAUSE = 9;
export const PROG_HALT = 10;
export const PROG_SHUTDOWN = 11;
export const PROG_FLUSH = 12;
export const PROG_IO = 13;
export const PROG_ORDER_MASK = 3;
export const PROG_ORDER_SEQUENTIAL = 0;
export const PROG_ORDER_RANDOM = 1;
export const PROG_ORDER_SHUFFLED = 2;
export const PROG_VALUE_GPA = 4;
export const PROG_VALUE_STAMP = 8;
export const PROG_CHECK = 16;
export const PROG_EMULATE = 32;
export const PROG_IO_IN = 64;
export const PROG_ASYNC = 128;
export const PROG_ROLE_SMM = 1n;
export const PROG_ROLE_GUEST_MODE = 2n;
export const PROG_MAX_OPS = 65536;
export const RUN_EXIT = 0;
export const RUN_WAIT_PAGER = 1;
export const RUN_DEAD = 2;
export const KVM_INTERNAL_ERROR_EMULATION = 1;
export const KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON = 4;

// core/layout/bugs.ts
export const BUG_LOCK_ORDER = 1;
export const BUG_LOCK_OWNER = 2;
export const BUG_LOCK_STACK = 3;
export const BUG_LOCK_HELD = 4;
export const BUG_EPOCH = 5;
export const BUG_GUEST_MODE = 6;
export const BUG_READ_CLASS = 7;
export const BUG_FRAME_FREE = 32;
export const BUG_FRAME_IN_USE = 33;
export const BUG_FRAME_POISON = 34;
export const BUG_FRAME_REFCOUNT = 35;
export const BUG_FRAME_RANGE = 36;
export const BUG_FRAME_KIND = 37;
export const BUG_SLAB_POINTER = 38;
export const BUG_SLAB_DOUBLE_FREE = 39;
export const BUG_SLAB_POISON = 40;
export const BUG_SLAB_SIZE = 41;
export const BUG_KARRAY_RANGE = 42;
export const BUG_FRAME_INVARIANT = 43;
export const BUG_TLB_GEOMETRY = 80;
export const BUG_ACCESS_SIZE = 81;
export const BUG_HOST_ENTRY = 64;
export const BUG_HOST_REFCOUNT = 65;
export const BUG_HOST_BLOCK = 66;
export const BUG_HOST_TABLE_LEAK = 67;
export const BUG_SWAP_SLOT = 68;
export const BUG_HOST_DIRTY = 69;
export const BUG_SPTE_TRANSITION = 96;
export const BUG_SPTE_BITS = 97;
export const BUG_TABLE_LEAK = 98;
export const BUG_VM_LEAK = 99;
export const BUG_ROOT_REFCOUNT = 100;
export const BUG_INVALIDATE_COUNT = 101;
export const BUG_MMU_CACHE = 102;
export const BUG_LAB_TABLE = 128;
export const BUG_LAB_STALE = 129;
export const BUG_LAB_FRAME = 130;
export const BUG_LAB_HOST = 131;
export const BUG_LAB_TWO_FRAMES = 132;
export const BUG_LAB_TRACKED = 133;
export const BUG_LAB_LOST_DIRTY = 134;
export const BUG_LAB_FREED_IN_USE = 135;
export const BUG_LAB_SECTION = 136;
export const BUG_LAB_FROZEN = 137;
export const BUG_LAB_CODE = 138;
export const BUG_LAB_UNBOUND = 139;

// core/layout/code_cache.ts
export const SEG_NONE = 8;
export const CODE_WANTS_NOTHING = 0;
export const CODE_WANTS_CHUNK = 1;
export const CODE_WANTS_FLUSH = 2;
export const CODE_BYTES_AT = 512;
export const CODE_SCRATCH_AT = 576;
export const CODE_CHUNKS_AT = 704;
export const CODE_MAX_CHUNKS = 16;
export const CODE_PENDING_AT = 1024;
export const CODE_STORES_AT = 2048;
export const CODE_STORES_MASK = 2047;
export const CODE_STORES_MAX = 255;
export const CODE_PAGE_BYTES = 24;
export const CODE_PAGE_MARKED = 4294967295;
export const CODE_PAGE_STALE = 4294967294;
export const CODE_LINE_SHIFT = 6;
export const CODE_PAGES = 4096;
export const CODE_PAGES_ORDER = 5;
export const CODE_PAGES_MAX = 3072;
export const CODE_ENTRY_SHIFT = 3;
export const CODE_ENTRIES = 16384;
export const CODE_ENTRIES_ORDER = 5;
export const CODE_JUMP_SHIFT = 5;
export const CODE_JUMPS = 1024;
export const CODE_JUMPS_ORDER = 3;
export const CODE_IDS = 1048576;
export const CODE_CHUNK_ORDER = 7;
export const CODE_BLOCK_OPS = 120;

// core/layout/cpu.ts
export const MAGAZINE_SLOTS = 128;
export const HELD_LOCKS = 8;
export const CPU_HELD = 256;
export const CPU_MAGAZINE = 512;
export const CPU_FRAME_COUNTS = 1088;

// core/layout/dirty_ring.ts
export const DIRTY_GFN_SHIFT = 4;
export const DIRTY_GFN_F_DIRTY = 1;
export const DIRTY_GFN_F_RESET = 2;
export const DIRTY_RING_MAX_ENTRIES = 65536;
export const DIRTY_RING_MIN_ENTRIES = 256;
export const DIRTY_RING_RSVD_ENTRIES = 64;

// core/layout/errno.ts
export const EPERM = 1;
export const ENOENT = 2;
export const EINTR = 4;
export const EIO = 5;
export const E2BIG = 7;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EFAULT = 14;
export const EBUSY = 16;
export const EEXIST = 17;
export const ENODEV = 19;
export const EINVAL = 22;
export const ENOSPC = 28;
export const EOPNOTSUPP = 95;
export const EHWPOISON = 133;

// core/layout/exits.ts
export const KVM_EXIT_UNKNOWN = 0;
export const KVM_EXIT_IO = 2;
export const KVM_EXIT_HLT = 5;
export const KVM_EXIT_MMIO = 6;
export const KVM_EXIT_IRQ_WINDOW_OPEN = 7;
export const KVM_EXIT_SHUTDOWN = 8;
export const KVM_EXIT_FAIL_ENTRY = 9;
export const KVM_EXIT_INTR = 10;
export const KVM_EXIT_INTERNAL_ERROR = 17;
export const KVM_EXIT_DIRTY_RING_FULL = 31;
export const KVM_EXIT_MEMORY_FAULT = 39;
export const EXIT_INSTRUCTION_LIMIT = 65536;
export const RET_PF_CONTINUE = 0;
export const RET_PF_RETRY = 1;
export const RET_PF_EMULATE = 2;
export const RET_PF_WRITE_PROTECTED = 3;
export const RET_PF_INVALID = 4;
export const RET_PF_FIXED = 5;
export const RET_PF_SPURIOUS = 6;
export const PFERR_PRESENT = 1n;
export const PFERR_WRITE = 2n;
export const PFERR_USER = 4n;
export const PFERR_RSVD = 8n;
export const PFERR_FETCH = 0x10n;
export const PFERR_PK = 0x20n;
export const PFERR_GUEST_FINAL = 0x100000000n;
export const PFERR_GUEST_PAGE = 0x200000000n;
export const REQ_KICK = 1;
export const REQ_TLB_FLUSH = 2;
export const REQ_FREE_OBSOLETE_ROOTS = 4;
export const REQ_LOAD_MMU_PGD = 8;
export const REQ_DEAD = 16;
export const REQ_DIRTY_RING_FULL = 32;
export const REQ_MMU_SYNC = 64;
export const REQ_CODE_FLUSH = 128;
export const REQ_BARRIER = 256;
export const REQ_UPDATE_DIRTY_LOGGING = 512;
export const REQ_YIELD = 1024;
export const MODE_OUTSIDE = 0;
export const MODE_IN_GUEST = 1;

// core/layout/fpu.ts
export const FE_I = 1;
export const FE_D = 2;
export const FE_Z = 4;
export const FE_O = 8;
export const FE_U = 16;
export const FE_P = 32;
export const FE_ALL = 63;
export const FE_BEFORE = 7;
export const ROUND_NEAREST = 0;
export const ROUND_DOWN = 1;
export const ROUND_UP = 2;
export const ROUND_ZERO = 3;
export const MXCSR_DAZ = 64;
export const MXCSR_MASK_SHIFT = 7;
export const MXCSR_PM = 4096;
export const MXCSR_RC_SHIFT = 13;
export const MXCSR_RC = 24576;
export const MXCSR_FTZ = 32768;
export const MXCSR_RESET = 8064;
export const MXCSR_VALID = 65535;
export const FCW_PC_SHIFT = 8;
export const FCW_RC_SHIFT = 10;
export const FCW_RESET = 895;
export const FCW_FIXED = 64;
export const FCW_VALID = 8063;
export const FSW_SF = 64;
export const FSW_ES = 128;
export const FSW_C0 = 256;
export const FSW_C1 = 512;
export const FSW_C2 = 1024;
export const FSW_C3 = 16384;
export const FSW_B = 32768;
export const FSW_TOP_SHIFT = 11;
export const FSW_CONDITIONS = 18176;
export const REAL_ZERO = 0;
export const REAL_FINITE = 1;
export const REAL_INF = 2;
export const REAL_QNAN = 3;
export const REAL_SNAN = 4;
export const REAL_UNSUPPORTED = 5;
export const REAL_BYTES = 32;
export const FLOAT_WRAP = 1;
export const FLOAT_DAZ = 2;
export const FLOAT_FTZ = 4;
export const FPU_IMAGE = 3072;
export const FPU_IMAGE_BYTES = 832;
export const FPU_ENV = 3904;
export const FPU_REALS = 3936;
export const XSTATE_X87 = 1n;
export const XSTATE_SSE = 2n;
export const XSTATE_AVX = 4n;
export const XSTATE_PKRU = 0x200n;
export const XSAVE_LEGACY_BYTES = 512;
export const XSAVE_HEADER = 512;
export const XSAVE_EXTENDED = 576;
export const XSAVE_AVX = 576;
export const XSAVE_AVX_BYTES = 256;
export const XSAVE_PKRU = 832;
export const XSAVE_PKRU_BYTES = 8;
export const XCOMP_COMPACTED = 0x8000000000000000n;

// core/layout/frame.ts
export const FRAME_BYTES = 16;
export const FRAME_SHIFT = 4;
export const FRAME_RESERVED = 0;
export const FRAME_FREE = 1;
export const FRAME_FREE_TAIL = 2;
export const FRAME_CACHED = 3;
export const FRAME_KERNEL = 4;
export const FRAME_SLAB = 5;
export const FRAME_SPT = 6;
export const FRAME_HOST_TABLE = 7;
export const FRAME_ANON = 8;
export const FRAME_TAIL = 9;
export const FRAME_KINDS = 10;
export const FRAME_FLAG_CODE = 1;
export const FRAME_FLAG_LAB_WRITTEN = 64;
export const FRAME_FLAG_POISONED = 128;
export const FRAME_FLAG_CLASS_SHIFT = 8;
export const FRAME_FLAG_DIRTY = 2;
export const FRAME_FLAG_ACCESSED = 4;

// core/layout/histogram.ts
export const HISTOGRAM_BUCKETS = 512;
export const HISTOGRAM_SUB_BITS = 4;

// core/layout/hook.ts
export const HOOK_LOAD = 0;
export const HOOK_STORE = 1;
export const HOOK_RMW = 2;
export const HOOK_SPIN = 3;
export const HOOK_WIDE = 4;
export const HOOK_RELEASE = 8;

// core/layout/hostmm.ts
export const HVA_BITS = 47;
export const HVA_END = 0x800000000000n;
export const HVA_MIN = 0x10000n;
export const HVA_MMAP_BASE = 0x2a8a82a00000n;
export const HOST_LEVELS = 4;
export const BACKING_ANON = 1;
export const BACKING_OBJECT = 2;
export const BACKING_PAGER = 3;
export const BACKING_PHANTOM = 4;
export const PROT_NONE = 0;
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const MM_MAP_FIXED = 1;
export const MM_MAP_HUGE = 2;
export const MM_MAP_HUGETLB = 4;
export const MM_MAP_HUGE_1G = 8;
export const MM_MAP_FLAGS = 15;
export const VMA_FLAGS = 14;
export const VMA_BYTES = 64;
export const VMA_FRESH = 1;
export const VMA_DOOMED = 2;
export const VMA_ARRAY_HEADER_BYTES = 24;
export const VMA_ARRAY_SLAB = 255;
export const HOST_OBJECT_BYTES = 32;
export const PHANTOM_RANGE_BYTES = 32;
export const HPTE_PRESENT = 1n;
export const HPTE_WRITE = 2n;
export const HPTE_ACCESSED = 0x20n;
export const HPTE_DIRTY = 0x40n;
export const HPTE_PS = 0x80n;
export const HPTE_SWAP = 0x200000000000000n;
export const HPTE_HELD = 0x400000000000000n;
export const HPTE_PFN_MASK = 0xffffffffff000n;
export const MM_BYTES = 256;
export const MM_CPU_STRIDE = 64;
export const MM_STAT_RESIDENT = 0;
export const MM_STAT_HUGE = 1;
export const MM_STAT_FAULTS = 2;
export const MM_STAT_COW = 3;
export const MM_STAT_SWAPPED = 4;
export const MM_STAT_PAGE_OUTS = 5;
export const MM_STAT_PAGE_INS = 6;
export const MM_STAT_CLEAN_DROPS = 7;
export const MM_STATS = 8;
export const GUP_WRITE = 1;
export const GUP_NOWAIT = 2;
export const GUP_LATER = 1n;
export const GUP_WRITABLE = 1n;
export const GUP_MISS = 1;
export const MM_MERGE_DIFFERENT = 1;
export const NOTIFIER_MAY_BLOCK = 1;
export const NOTIFIER_CHANGE_PTE_ONLY = 2;
export const NOTIFIER_FLUSH = 4;
export const PAGER_REQUEST_BYTES = 64;
export const PAGER_PENDING = 1;
export const PAGER_DONE = 2;
export const PAGER_FAILED = 3;
export const PAGER_CANCELLED = 4;
export const PAGER_LOAD = 0;
export const PAGER_STORE = 1;
export const SWAP_AREA_BYTES = 64;
export const SWAP_NO_SLOT = 4294967295;
export const SWAP_REQUESTS = 64;
export const SWAP_MAX_SLOTS = 0x10000000n;

// core/layout/hw.ts
export const HW_OK = 0;
export const HW_EXIT = 1;
export const HW_READ = 1;
export const HW_WRITE = 2;
export const HW_EXEC = 4;
export const HW_RWX = 7;
export const HW_GUEST_TABLE = 8;
export const HW_NO_LINEAR = 16;
export const HW_DIRTY = 32;
export const HW_PHANTOM = 64;
export const HW_EXIT_EPT_VIOLATION = 48;
export const HW_EXIT_EPT_MISCONFIG = 49;
export const HW_EXIT_PML_FULL = 62;
export const HW_EXIT_NPF = 1024;
export const HW_EXIT_BAD_TABLE = 65536;
export const EPT_VIOLATION_READ = 1n;
export const EPT_VIOLATION_WRITE = 2n;
export const EPT_VIOLATION_FETCH = 4n;
export const EPT_VIOLATION_PERMISSIONS_SHIFT = 3;
export const EPT_VIOLATION_READABLE = 8n;
export const EPT_VIOLATION_WRITABLE = 0x10n;
export const EPT_VIOLATION_EXECUTABLE = 0x20n;
export const EPT_VIOLATION_LINEAR = 0x80n;
export const EPT_VIOLATION_TRANSLATED = 0x100n;
export const NPF_PRESENT = 1n;
export const NPF_WRITE = 2n;
export const NPF_USER = 4n;
export const NPF_RSVD = 8n;
export const NPF_FETCH = 0x10n;
export const NPF_FINAL = 0x100000000n;
export const NPF_GUEST_TABLE = 0x200000000n;
export const PML_ENTRIES = 512;
export const PML_INDEX_START = 511;
export const PML_INDEX_FULL = 65535;
export const TLB_ENTRY_SHIFT = 5;
export const TLB_ENTRY_BYTES = 32;
export const TLB_ENTRIES = 1024;
export const TLB_BYTES = 32768;
export const TLB_ORDER = 3;
export const TLB_TAG_MAX = 2047;
export const TLB_TAG_PHANTOM = 2048;
export const TLB_INFO_LEVEL = 7;
export const TLB_INFO_PERMISSIONS_SHIFT = 3;
export const TLB_INFO_PERMISSIONS = 127;
export const TLB_INFO_HPA_SHIFT = 12;

// core/layout/karray.ts
export const KARRAY_CHUNK_SHIFT = 16;
export const KARRAY_CHUNK_BYTES = 65536;
export const KARRAY_TABLE = 16;

// core/layout/lab.ts
export const LAB_TABLE_READ = 0;
export const LAB_TLB_FILL = 1;
export const LAB_TLB_EMPTY = 2;
export const LAB_ACCESS = 3;
export const LAB_SPTE_CHANGED = 4;
export const LAB_FLUSH_BEGIN = 5;
export const LAB_FLUSH_END = 6;
export const LAB_FRAME_FREE = 7;
export const LAB_PROMISE = 8;
export const LAB_SECTION_BEGIN = 9;
export const LAB_SECTION_OFFER = 10;
export const LAB_SECTION_END = 11;
export const LAB_TABLE_GONE = 12;
export const LAB_CPUS = 8;
export const LAB_BASE = 266240;
export const LAB_PAGING_CACHES = 1;
export const LAB_CALLS = 266304;
export const LAB_SECTION_BASE = 266368;
export const LAB_SECTION_BYTES = 8;
export const LAB_PAGING_ENTRIES = 4;
export const LAB_PAGING_ENTRY_BYTES = 32;
export const LAB_TLB_ENTRIES = 16;
export const LAB_TRANSLATION_BYTES = 32;
export const VCPU_LAB_WALK = 3072;
export const VCPU_LAB_PAGING = 3136;
export const VCPU_LAB_WALKED = 3264;
export const VCPU_LAB_TLB = 3328;

// core/layout/linear_tlb.ts
export const LTLB_VIEW_USER = 0;
export const LTLB_VIEW_SUPERVISOR = 1;
export const LTLB_VIEW_SMAP = 2;
export const LTLB_VIEWS = 3;
export const LTLB_ENTRY_SHIFT = 5;
export const LTLB_ENTRIES = 1024;
export const LTLB_VIEW_SHIFT = 15;
export const LTLB_SECOND = 98304;
export const SECOND_SHIFT = 4;
export const SECOND_WAYS = 4;
export const SECOND_SET_SHIFT = 6;
export const SECOND_PERMISSIONS_SHIFT = 16;
export const LTLB_SETS = 2048;
export const LTLB_TABLES_AT = 229376;
export const TABLE_SHIFT = 5;
export const TABLE_REGION_SHIFT = 0x15n;
export const LTLB_TABLES = 512;
export const LTLB_SPACES = 245760;
export const LTLB_PCIDS = 4096;
export const LTLB_LARGE = 253952;
export const LTLB_LARGE_BITS = 8192;
export const LTLB_ORDER = 6;
export const LTLB_BYTES = 262144;
export const LTLB_TAG_MAX = 4094;
export const LTLB_TAG_NONE = 4095;
export const WALK_WRITE = 2;
export const WALK_EXEC = 4;
export const WALK_USER = 8;
export const WALK_DIRTY = 16;
export const WALK_GLOBAL = 32;
export const WALK_LARGE = 64;
export const WALK_HUGE = 128;
export const WALK_KEY_SHIFT = 8;
export const WALK_UNPAGED = 30;

// core/layout/memslot.ts
export const KVM_MEM_LOG_DIRTY_PAGES = 1;
export const KVM_MEM_READONLY = 2;
export const KVM_MEMSLOT_INVALID = 65536;
export const DIRTY_LOG_MANUAL_PROTECT_ENABLE = 1;
export const DIRTY_LOG_INITIALLY_SET = 2;
export const KVM_USER_MEM_SLOTS = 32764;
export const KVM_MEM_MAX_NR_PAGES = 0x7fffffffn;
export const GEN_UPDATE_IN_PROGRESS = 0x8000000000000000n;
export const SLOT_MOVED_LPAGE = 1;
export const SLOT_MOVED_BITMAP = 2;
export const SLOT_MOVED_TRACK = 4;
export const MEMSLOT_BYTES = 128;
export const MEMSLOTS_HEADER_BYTES = 64;

// core/layout/mmu_page.ts
export const ROLE_LEVEL_MASK = 15;
export const ROLE_HAS_4_BYTE_GPTE = 16;
export const ROLE_QUADRANT_SHIFT = 5;
export const ROLE_DIRECT = 128;
export const ROLE_ACCESS_SHIFT = 8;
export const ROLE_ACCESS_ALL = 1792;
export const ROLE_INVALID = 2048;
export const ROLE_EFER_NX = 4096;
export const ROLE_CR0_WP = 8192;
export const ROLE_SMEP_ANDNOT_WP = 16384;
export const ROLE_SMAP_ANDNOT_WP = 32768;
export const ROLE_AD_DISABLED = 65536;
export const ROLE_GUEST_MODE = 131072;
export const ROLE_PASSTHROUGH = 262144;
export const ROLE_SMM_SHIFT = 24;
export const ROLE_SMM = 16777216;
export const ACC_EXEC = 1;
export const ACC_WRITE = 2;
export const ACC_USER = 4;
export const ACC_ALL = 7;
export const MMU_PAGE_BYTES = 128;

// core/layout/mmu_walk.ts
export const FAULT_WRITE = 1;
export const FAULT_EXEC = 2;
export const FAULT_PRESENT = 4;
export const FAULT_RSVD = 8;
export const FAULT_PREFETCH = 16;
export const FAULT_NX_WORKAROUND = 32;
export const FAULT_HUGE_DISALLOWED = 64;
export const FAULT_MAP_WRITABLE = 128;
export const FAULT_USER = 256;
export const CPU_FAULT = 1536;
export const CPU_ITER0 = 1664;
export const CPU_ITER1 = 1792;

// core/layout/port.ts
export const PORT_FRAGMENT_BYTES = 32;
export const PORT_FRAGMENT_SHIFT = 5;
export const PORT_ORDER = 1;
export const PORT_MAX_READS = 128;
export const PORT_MAX_WRITES = 128;

// core/layout/spte_states.ts
export const SPTE_STATE_NONPRESENT = 0;
export const SPTE_STATE_MMIO = 1;
export const SPTE_STATE_FROZEN = 2;
export const SPTE_STATE_TABLE = 3;
export const SPTE_STATE_LEAF = 4;
export const SPTE_MODE_SHARED = 1;
export const SPTE_MODE_EXCL = 2;
export const SPTE_MODE_DETACHED = 4;
export const SPTE_MODE_LOCKLESS = 8;
export const SPTE_FROM_NONPRESENT = 201744;
export const SPTE_FROM_MMIO = 70672;
export const SPTE_FROM_FROZEN = 0;
export const SPTE_FROM_TABLE = 66563;
export const SPTE_FROM_LEAF = 734211;

// core/layout/sync.ts
export const SPINLOCK_BYTES = 8;
export const LOCK_WAITERS = 2147483648;
export const RW_DISTRIBUTED = 0;
export const RW_CENTRAL = 1;
export const RW_EXCLUSIVE = 2;
export const RWLOCK_BYTES = 32;
export const READ_CLASS_MMU = 0;
export const READ_CLASS_MMAP = 1;

// core/layout/system.ts
export const STATIC_BASE = 1024;
export const SYSTEM_BASE = 262144;
export const SYSTEM_BYTES = 4096;
export const SYSTEM_CODE_CACHES = 266240;
export const MAX_CODE_CACHES = 1024;
export const CPU_BASE = 329728;
export const CPU_STRIDE = 4096;
export const MAX_CPUS = 1024;
export const SYSTEM_MAGIC = 229486622;
export const BUDDY_ORDERS = 10;
export const SLAB_CLASSES = 7;
export const SLAB_MIN_SHIFT = 5;
export const OP_NOTIFIER_START = 0;
export const OP_NOTIFIER_END = 1;
export const OP_NOTIFIER_CHANGE_PTE = 2;
export const OP_NOTIFIER_RELEASE = 3;
export const OP_CODE_WRITTEN = 4;
export const OP_NOTIFIER_CLEAR_YOUNG = 5;
export const OP_NOTIFIER_TEST_YOUNG = 6;
export const OP_PORT_READ = 8;
export const OP_PORT_WRITE = 9;
export const OP_COUNT = 10;
export const SYSTEM_BUDDY_HEADS = 263168;
export const SYSTEM_SLAB_HEADS = 263296;
export const SYSTEM_OPS = 263424;
export const SYSTEM_MUTANT = 263680;
export const SYSTEM_MUTANTS_REACHED = 263684;

// core/layout/trace.ts
export const TRACE_RECORD_BYTES = 64;
export const TRACE_KVM_PAGE_FAULT = 0;
export const TRACE_KVM_MMU_SPTE_REQUESTED = 1;
export const TRACE_KVM_TDP_MMU_SPTE_CHANGED = 2;
export const TRACE_KVM_MMU_SET_SPTE = 3;
export const TRACE_FAST_PAGE_FAULT = 4;
export const TRACE_MARK_MMIO_SPTE = 5;
export const TRACE_HANDLE_MMIO_PAGE_FAULT = 6;
export const TRACE_CHECK_MMIO_SPTE = 7;
export const TRACE_KVM_MMU_GET_PAGE = 8;
export const TRACE_KVM_MMU_PREPARE_ZAP_PAGE = 9;
export const TRACE_KVM_MMU_ZAP_ALL_FAST = 10;
export const TRACE_KVM_MMU_SPLIT_HUGE_PAGE = 11;
export const TRACE_KVM_UNMAP_HVA_RANGE = 12;
export const TRACE_KVM_AGE_HVA = 13;
export const TRACE_KVM_TEST_AGE_HVA = 14;
export const TRACE_KVM_TLB_FLUSH_REMOTE = 15;
export const TRACE_KVM_SET_SPTE_HVA = 16;
export const TRACE_KVM_TRY_ASYNC_GET_PAGE = 17;
export const TRACE_KVM_DIRTY_RING_PUSH = 18;
export const TRACE_KVM_DIRTY_RING_RESET = 19;
export const TRACE_KVM_DIRTY_RING_EXIT = 20;
export const TRACE_KVM_ASYNC_PF_REPEATED_FAULT = 21;
export const TRACE_KVM_ASYNC_PF_NOT_PRESENT = 22;
export const TRACE_KVM_ASYNC_PF_READY = 23;
export const TRACE_KVM_ASYNC_PF_COMPLETED = 24;
export const TRACE_EVENTS = 25;

// core/layout/types.ts
export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 4096;
export const PAGE_MASK = 0xfffffffffffff000n;
export const ENTRIES_PER_TABLE = 512;
export const LEVEL_4K = 1;
export const LEVEL_2M = 2;
export const LEVEL_1G = 3;
export const LEVEL_MAX = 5;
export const HOST_MAXPHYADDR = 46;
export const MAX_GFN = 0x400000000n;
export const PHANTOM_PFN_BASE = 0x200000n;
export const PFN_NONE = 0xffffffffffffffffn;

// core/layout/vcpu.ts
export const MMU_CACHE_SLOTS = 8;
export const ASYNC_PF_BYTES = 24;
export const ASYNC_PF_PER_VCPU = 64;
export const ASYNC_PF_TOKEN_SHIFT = 12;
export const HW_AD = 1;
export const HW_PML = 2;
export const HW_EXEC_ONLY = 4;
export const HW_PAGE_1G = 8;
export const HW_NX = 16;

// core/layout/vm.ts
export const TDP_EPT = 0;
export const TDP_NPT = 1;
export const TDP_OFF = 2;
export const PARAM_TDP_MMU = 1;
export const PARAM_EAGER_PAGE_SPLIT = 2;
export const PARAM_MMIO_CACHING = 4;
export const PARAM_PML = 8;
export const PARAM_AD = 16;
export const PARAM_FLUSH_ON_REUSE = 32;
export const PARAM_NX_OPT_OUT = 64;
export const PARAM_LA57 = 128;
export const PARAM_MMU_LOCK_CENTRAL = 256;
export const NX_HUGE_PAGES_OFF = 0;
export const NX_HUGE_PAGES_FORCE = 1;
export const NX_HUGE_PAGES_NEVER = 2;
export const ADDRESS_SPACES = 2;
export const MAX_VCPUS = 1024;
export const VM_BYTES = 1024;
export const VMCPU_STRIDE = 128;

// core/layout/x86.ts
export const REG_RAX = 0;
export const REG_RCX = 1;
export const REG_RDX = 2;
export const REG_RBX = 3;
export const REG_RSP = 4;
export const REG_RBP = 5;
export const REG_RSI = 6;
export const REG_RDI = 7;
export const REG_ZERO = 16;
export const SEG_ES = 0;
export const SEG_CS = 1;
export const SEG_SS = 2;
export const SEG_DS = 3;
export const SEG_FS = 4;
export const SEG_GS = 5;
export const SEG_LDTR = 6;
export const SEG_TR = 7;
export const FLAG_CF = 1n;
export const FLAG_FIXED = 2n;
export const FLAG_PF = 4n;
export const FLAG_AF = 0x10n;
export const FLAG_ZF = 0x40n;
export const FLAG_SF = 0x80n;
export const FLAG_TF = 0x100n;
export const FLAG_IF = 0x200n;
export const FLAG_DF = 0x400n;
export const FLAG_OF = 0x800n;
export const FLAG_IOPL = 0x3000n;
export const FLAG_NT = 0x4000n;
export const FLAG_RF = 0x10000n;
export const FLAG_VM = 0x20000n;
export const FLAG_AC = 0x40000n;
export const FLAG_VIF = 0x80000n;
export const FLAG_VIP = 0x100000n;
export const FLAG_ID = 0x200000n;
export const FLAGS_STATUS = 0x8d5n;
export const AUX_CF = 0x8000000000000000n;
export const AUX_OF = 0x4000000000000000n;
export const AUX_AF = 8n;
export const AUX_NOT_PF = 4n;
export const AUX_NOT_SF = 2n;
export const CR0_PE = 1n;
export const CR0_MP = 2n;
export const CR0_EM = 4n;
export const CR0_TS = 8n;
export const CR0_ET = 0x10n;
export const CR0_NE = 0x20n;
export const CR0_WP = 0x10000n;
export const CR0_AM = 0x40000n;
export const CR0_NW = 0x20000000n;
export const CR0_CD = 0x40000000n;
export const CR0_PG = 0x80000000n;
export const CR4_VME = 1n;
export const CR4_PVI = 2n;
export const CR4_TSD = 4n;
export const CR4_DE = 8n;
export const CR4_PSE = 0x10n;
export const CR4_PAE = 0x20n;
export const CR4_MCE = 0x40n;
export const CR4_PGE = 0x80n;
export const CR4_PCE = 0x100n;
export const CR4_OSFXSR = 0x200n;
export const CR4_OSXMMEXCPT = 0x400n;
export const CR4_UMIP = 0x800n;
export const CR4_LA57 = 0x1000n;
export const CR4_FSGSBASE = 0x10000n;
export const CR4_PCIDE = 0x20000n;
export const CR4_OSXSAVE = 0x40000n;
export const CR4_SMEP = 0x100000n;
export const CR4_SMAP = 0x200000n;
export const CR4_PKE = 0x400000n;
export const EFER_SCE = 1n;
export const EFER_LME = 0x100n;
export const EFER_LMA = 0x400n;
export const EFER_NXE = 0x800n;
export const EXC_DE = 0;
export const EXC_DB = 1;
export const EXC_NMI = 2;
export const EXC_BP = 3;
export const EXC_OF = 4;
export const EXC_BR = 5;
export const EXC_UD = 6;
export const EXC_NM = 7;
export const EXC_DF = 8;
export const EXC_TS = 10;
export const EXC_NP = 11;
export const EXC_SS = 12;
export const EXC_GP = 13;
export const EXC_PF = 14;
export const EXC_MF = 16;
export const EXC_AC = 17;
export const EXC_MC = 18;
export const EXC_XM = 19;
export const EXC_NONE = 4294967295;
export const INHIBIT_MOV_SS = 1;
export const INHIBIT_STI = 2;
export const KVM_MP_STATE_RUNNABLE = 0;
export const KVM_MP_STATE_UNINITIALIZED = 1;
export const KVM_MP_STATE_INIT_RECEIVED = 2;
export const KVM_MP_STATE_HALTED = 3;
export const KVM_MP_STATE_SIPI_RECEIVED = 4;
export const CODE_16 = 0;
export const CODE_32 = 1;
export const CODE_64 = 2;
export const SEGMENT_BYTES = 24;
export const SEG_TYPE = 15;
export const SEG_TYPE_ACCESSED = 1;
export const SEG_TYPE_WRITABLE = 2;
export const SEG_TYPE_DOWN = 4;
export const SEG_TYPE_CODE = 8;
export const SEG_S = 16;
export const SEG_DPL_SHIFT = 5;
export const SEG_PRESENT = 128;
export const SEG_AVL = 4096;
export const SEG_L = 8192;
export const SEG_DB = 16384;
export const SEG_G = 32768;
export const SEG_UNUSABLE = 65536;
export const X86_SEGMENTS = 512;
export const X86_MTRRS = 1032;
export const X86_YMM = 2048;
export const YMM_SHIFT = 5;
export const X86_X87 = 2560;
export const X87_SHIFT = 4;
export const X86_SCRATCH = 3072;
export const X86_SCRATCH_BYTES = 1024;
export const STATE_REGS = 1;
export const STATE_SREGS = 2;
export const STATE_DEBUGREGS = 4;
export const STATE_EVENTS = 8;
export const STATE_MP_STATE = 16;
export const STATE_XCRS = 32;
export const STATE_FPU = 64;
export const STATE_ALL = 127;
export const X86_BYTES = 4096;

// core/layout/x86_op.ts
export const OP_BYTES = 32;
export const OP_SHIFT = 5;
export const OP_LOCK = 1;
export const OP_REP = 2;
export const OP_REPNE = 4;
export const OP_MEM = 8;
export const OP_ADDR_SLOW = 16;
export const OP_66 = 32;
export const OP_W = 64;
export const OP_ADDR_SCALE = 3;
export const OP_ADDR_SEG_SHIFT = 2;
export const OP_ADDR_SEG = 7;
export const OP_ADDR_SIZE_SHIFT = 5;
export const EXEC_NEXT = 0;
export const EXEC_JUMP = 1;
export const EXEC_FAULT = 2;
export const EXEC_EXIT = 3;
export const EXEC_STOP = 4;
export const EXEC_REFETCH = 5;
export const EXEC_REQUEST = 6;
export const EXEC_EMULATE = 7;
export const EXEC_EXCLUSIVE = 8;
export const EXEC_CODE = 9;
export const EXEC_CHAIN = 10;
export const EXEC_LOOKUP = 11;
export const CODE_CALL = 0;
export const CODE_LOOKUP = 1;
export const CODE_HOT = 2;

// core/layout/x86_system.ts
export const EXC_KIND_FAULT = 0;
export const EXC_KIND_TRAP = 1;
export const EXC_KIND_ABORT = 2;
export const EXC_KIND_SOFT = 3;
export const EXC_KIND_SOFT_EXCEPTION = 4;
export const EXC_KIND_PRIVILEGED_SOFT = 5;
export const EXC_KIND_EXTERNAL = 6;
export const EXC_KIND_NMI = 7;
export const DELIVER_HAS_ERROR = 256;
export const STEPPING_TF = 1;
export const STEPPING_BREAKPOINTS = 2;
export const STEPPING_EMULATE = 4;
export const STEPPING_SHADOW = 8;
export const STEPPING_USER = 16;
export const STEPPING_EXCLUSIVE = 32;
export const STEPPING_WATCH = 64;
export const STEPPING_STARTED_TF = 128;
export const STEPPING_STARTED_RF = 256;
export const IO_NONE = 0;
export const IO_IN = 1;
export const IO_INS = 2;
export const IO_OUT = 3;
export const IO_DATA_BYTES = 512;
export const KVM_EXIT_IO_IN = 0;
export const KVM_EXIT_IO_OUT = 1;
export const DR6_B0 = 1n;
export const DR6_BREAKPOINTS = 0xfn;
export const DR6_BD = 0x2000n;
export const DR6_BS = 0x4000n;
export const DR6_BT = 0x8000n;
export const DR6_FIXED = 0xffff0ff0n;
export const DR6_WRITABLE = 0xe00fn;
export const DR7_ENABLED = 0xffn;
export const DR7_LOCAL = 0x55n;
export const DR7_GLOBAL = 0xaan;
export const DR7_LE = 0x100n;
export const DR7_FIXED = 0x400n;
export const DR7_GD = 0x2000n;
export const DR7_WRITABLE = 0xffff23ffn;
export const CPU_HAS_FPU = 1n;
export const CPU_HAS_MMX = 2n;
export const CPU_HAS_SSE = 4n;
export const CPU_HAS_SSE2 = 8n;
export const CPU_HAS_SSE3 = 0x10n;
export const CPU_HAS_SSSE3 = 0x20n;
export const CPU_HAS_SSE41 = 0x40n;
export const CPU_HAS_SSE42 = 0x80n;
export const CPU_HAS_POPCNT = 0x100n;
export const CPU_HAS_LZCNT = 0x200n;
export const CPU_HAS_BMI1 = 0x400n;
export const CPU_HAS_BMI2 = 0x800n;
export const CPU_HAS_MOVBE = 0x1000n;
export const CPU_HAS_ADX = 0x2000n;
export const CPU_HAS_RDRAND = 0x4000n;
export const CPU_HAS_RDSEED = 0x8000n;
export const CPU_HAS_FSGSBASE = 0x10000n;
export const CPU_HAS_CLFLUSH = 0x20000n;
export const CPU_HAS_CLFLUSHOPT = 0x40000n;
export const CPU_HAS_AES = 0x80000n;
export const CPU_HAS_SHA = 0x100000n;
export const CPU_HAS_PCLMUL = 0x200000n;
export const CPU_HAS_FXSR = 0x400000n;
export const CPU_HAS_XSAVE = 0x800000n;
export const CPU_HAS_XSAVEOPT = 0x1000000n;
export const CPU_HAS_XSAVEC = 0x2000000n;
export const CPU_HAS_XSAVES = 0x4000000n;
export const CPU_HAS_CX8 = 0x8000000n;
export const CPU_HAS_CX16 = 0x10000000n;
export const CPU_HAS_CMOV = 0x20000000n;
export const CPU_HAS_TSC = 0x40000000n;
export const CPU_HAS_RDTSCP = 0x80000000n;
export const CPU_HAS_RDPID = 0x100000000n;
export const CPU_HAS_SYSCALL = 0x200000000n;
export const CPU_HAS_SEP = 0x400000000n;
export const CPU_HAS_LAHF64 = 0x800000000n;
export const CPU_HAS_LONG = 0x1000000000n;
export const CPU_HAS_NX = 0x2000000000n;
export const CPU_HAS_PAGE1G = 0x4000000000n;
export const CPU_HAS_PSE = 0x8000000000n;
export const CPU_HAS_PAE = 0x10000000000n;
export const CPU_HAS_PGE = 0x20000000000n;
export const CPU_HAS_PCID = 0x40000000000n;
export const CPU_HAS_INVPCID = 0x80000000000n;
export const CPU_HAS_SMEP = 0x100000000000n;
export const CPU_HAS_SMAP = 0x200000000000n;
export const CPU_HAS_PKU = 0x400000000000n;
export const CPU_HAS_UMIP = 0x800000000000n;
export const CPU_HAS_LA57 = 0x1000000000000n;
export const CPU_HAS_MONITOR = 0x2000000000000n;
export const CPU_HAS_PREFETCHW = 0x4000000000000n;
export const CPU_HAS_AVX = 0x8000000000000n;
export const CPU_HAS_AVX2 = 0x10000000000000n;
export const CPU_HAS_TSC_DEADLINE = 0x20000000000000n;
export const CPU_HAS_X2APIC = 0x40000000000000n;
export const CPU_HAS_DE = 0x80000000000000n;
export const CPU_HAS_VME = 0x100000000000000n;
export const CPU_HAS_MCE = 0x200000000000000n;
export const CPU_HAS_MTRR = 0x400000000000000n;
export const CPU_HAS_PAT = 0x800000000000000n;
export const CPU_HAS_TSC_ADJUST = 0x1000000000000000n;
export const CPU_HAS_ARCH_CAPABILITIES = 0x2000000000000000n;
export const CPU_HAS_CLWB = 0x4000000000000000n;
export const CPU_HAS_ERMS = 0x8000000000000000n;
export const CPUID_ENTRY_BYTES = 40;
export const CPUID_INDEX_SIGNIFICANT = 1;
export const CPUID_MAX_ENTRIES = 100;
export const MSR_ENTRY_BYTES = 16;
export const MSR_MAX_ENTRIES = 256;
export const TSC_KHZ = 1000000;
