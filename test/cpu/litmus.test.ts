/**
 * What two vCPUs on two threads see of each other: x86-TSO (Intel SDM, "Memory Ordering"; Sewell et al., "x86-TSO: A
 * Rigorous and Usable Programmer's Model for x86 Multiprocessors"). Forbidden outcomes are never seen; whether the
 * allowed ones are depends on the host.
 *
 * Both vCPUs go through rounds: each publishes its round's number and waits for the other's; one of them then waits a
 * little, differently in each round. Stores store the number, so that "old" is whatever is less; loads are logged.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KVM_EXIT_HLT, Vcpu } from "../../src/abi/index.js";
import { CodeRig } from "../core/cpu/code_rig.js";
import { BUILDS, type CoreBuild, type CoreThread } from "../core/harness.js";

const PAGE = 4096;
const CODE = [0x1000, 0x2000] as const;
const PATCHED = 0x3000;
const STACKS = [0x9000, 0xa000] as const;
/** Words of the rounds and of the programs, each on a line of its own. */
const FLAGS = [0x4000, 0x4080] as const;
const X = 0x4100;
const Y = 0x4180;
const SHARED = 0x6000;
const LOGS = [0x20000, 0x80000] as const;
const LOG_ENTRY = 16;
const ROUNDS = 20_000;
/** Operations that stop the other vCPU each time. */
const STOPPING = 500;
const PATCHES = 2000;
const HANG_MS = 40_000;

/** inc r8; mov [rsi],r8; 1: cmp [rbp],r8; jb 1b; mov eax,r8d; and eax,r9d; 2: dec eax; jns 2b */
const ROUND = [
  0x49, 0xff, 0xc0, 0x4c, 0x89, 0x06, 0x4c, 0x39, 0x45, 0x00, 0x72, 0xfa, 0x44, 0x89, 0xc0, 0x44, 0x21, 0xc8, 0xff,
  0xc8, 0x79, 0xfc,
];
/** mov [rdi],rax; mov [rdi+8],rdx; add rdi,16 */
const LOG = [0x48, 0x89, 0x07, 0x48, 0x89, 0x57, 0x08, 0x48, 0x83, 0xc7, 0x10];
/** mov [rbx],r8 */
const STORE_FIRST = [0x4c, 0x89, 0x03];
/** mov rax,[r12] */
const LOAD_SECOND = [0x49, 0x8b, 0x04, 0x24];
const HLT = 0xf4;

const STORE_BUFFERING: Record<string, { code: number[]; isRelaxed: boolean }> = {
  "nothing between": { code: [...STORE_FIRST, ...LOAD_SECOND], isRelaxed: true },
  MFENCE: { code: [...STORE_FIRST, 0x0f, 0xae, 0xf0, ...LOAD_SECOND], isRelaxed: false },
  // lock or dword [rsp],0
  "a LOCKed operation elsewhere": {
    code: [...STORE_FIRST, 0xf0, 0x83, 0x0c, 0x24, 0x00, ...LOAD_SECOND],
    isRelaxed: false,
  },
  // mov rax,r8; xchg [rbx],rax
  "XCHG for the store": { code: [0x4c, 0x89, 0xc0, 0x48, 0x87, 0x03, ...LOAD_SECOND], isRelaxed: false },
};
/** mov [rbx],r8; mov [r12],r8 */
const SEND = [0x4c, 0x89, 0x03, 0x4d, 0x89, 0x04, 0x24];
/** mov rax,[r12]; mov rdx,[rbx] */
const RECEIVE = [0x49, 0x8b, 0x04, 0x24, 0x48, 0x8b, 0x13];
/** 1: lock add dword [rbx],1; dec r8; jnz 1b; hlt */
const LOCK_ADD = [0xf0, 0x83, 0x03, 0x01, 0x49, 0xff, 0xc8, 0x75, 0xf7, HLT];
/**
 * 1: mov rbx,rax; inc rbx; mov rcx,rdx; inc rcx; lock cmpxchg16b [rsi]; jne 2f; mov rax,rbx; mov rdx,rcx; dec r8; jnz 1b;
 * hlt; 2: cmp rdx,rax; je 1b; mov r15d,1; hlt
 */
const COUNT_PAIRS = [
  0x48,
  0x89,
  0xc3,
  0x48,
  0xff,
  0xc3,
  0x48,
  0x89,
  0xd1,
  0x48,
  0xff,
  0xc1,
  0xf0,
  0x48,
  0x0f,
  0xc7,
  0x0e,
  0x75,
  0x0c,
  0x48,
  0x89,
  0xd8,
  0x48,
  0x89,
  0xca,
  0x49,
  0xff,
  0xc8,
  0x75,
  0xe2,
  HLT,
  0x48,
  0x39,
  0xc2,
  0x74,
  0xdc,
  0x41,
  0xbf,
  1,
  0,
  0,
  0,
  HLT,
];
/** 1: inc r8; mov [rbx],r8d; mov ecx,50; 2: dec ecx; jnz 2b; cmp r8,r9; jb 1b; hlt */
const PATCH = [
  0x49,
  0xff,
  0xc0,
  0x44,
  0x89,
  0x03,
  0xb9,
  0x32,
  0,
  0,
  0,
  0xff,
  0xc9,
  0x75,
  0xfc,
  0x4d,
  0x39,
  0xc8,
  0x72,
  0xec,
  HLT,
];
/** 1: call rbx; cmp rax,r10; jb 2f; mov r10,rax; inc r11; cmp rax,r9; jb 1b; hlt; 2: mov r15d,1; hlt */
const CALL_PATCHED = [
  0xff,
  0xd3,
  0x4c,
  0x39,
  0xd0,
  0x72,
  0x0c,
  0x49,
  0x89,
  0xc2,
  0x49,
  0xff,
  0xc3,
  0x4c,
  0x39,
  0xc8,
  0x72,
  0xee,
  HLT,
  0x41,
  0xbf,
  1,
  0,
  0,
  0,
  HLT,
];

type Registers = Partial<Record<"rax" | "rbx" | "rsi" | "rdi" | "rbp" | "r8" | "r9" | "r12", number>>;

const ZERO = { rax: 0, rdx: 0, r8: 0, r10: 0, r11: 0, r15: 0 };

/** Two vCPUs, each in its thread. */
class Pair {
  readonly rig: CodeRig;
  readonly #threads: CoreThread[];

  private constructor(rig: CodeRig, threads: CoreThread[]) {
    this.rig = rig;
    this.#threads = threads;
  }

  static async open(build: CoreBuild): Promise<Pair> {
    const rig = await CodeRig.open({ build, vcpus: 2 });
    return new Pair(rig, await Promise.all([rig.vm.core.thread(1), rig.vm.core.thread(2)]));
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  /** Runs both programs, from these registers, until both have halted. */
  async run(programs: readonly { code: readonly number[]; registers: Registers }[]): Promise<void> {
    for (const [i, { code, registers }] of programs.entries()) {
      this.rig.write(CODE[i] as number, [...code]);
      this.rig.set("rip", CODE[i] as number, i);
      this.rig.set("rsp", STACKS[i] as number, i);
      for (const [register, value] of Object.entries({ ...ZERO, ...registers }))
        this.rig.set(register as "rbx", value, i);
    }
    const runs = programs.map((_, i) => this.#threads[i]?.call("vcpuRun", this.rig.vcpus[i] as number));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done in ${HANG_MS} ms`)), HANG_MS);
    });
    expect(await Promise.race([Promise.all(runs), late])).toEqual([0, 0]);
    clearTimeout(timer);
    for (const vcpu of this.rig.vcpus) expect(this.rig.vm.memory.get(vcpu, Vcpu.exitReason)).toBe(KVM_EXIT_HLT);
  }

  /** Both in rounds; vCPU i executes bodies[i]. @returns what each has logged: RAX and RDX of every round */
  async rounds(
    bodies: readonly (readonly number[])[],
    words: readonly (readonly [number, number])[],
  ): Promise<BigUint64Array[]> {
    const programs = bodies.map((body, i) => ({
      code: looped([...ROUND, ...body, ...LOG]),
      registers: {
        rsi: FLAGS[i] as number,
        rbp: FLAGS[1 - i] as number,
        rdi: LOGS[i] as number,
        rbx: words[i]?.[0] as number,
        r12: words[i]?.[1] as number,
        r9: i === 0 ? 0 : 63,
      },
    }));
    await this.run(programs);
    return LOGS.map((at) => this.#log(at));
  }

  #log(at: number): BigUint64Array {
    const bytes = new Uint8Array(Math.ceil((ROUNDS * LOG_ENTRY) / PAGE) * PAGE);
    for (let done = 0; done < bytes.length; done += PAGE) bytes.set(this.rig.read(at + done, PAGE), done);
    return new BigUint64Array(bytes.buffer, 0, ROUNDS * 2);
  }

  word(gpa: number): number {
    return new DataView(this.rig.read(gpa, 4).buffer).getUint32(0, true);
  }
}

/** `code` until R8 is ROUNDS, then HLT: cmp r8,ROUNDS; jb start; hlt */
function looped(code: readonly number[]): number[] {
  const bytes = [...code, 0x49, 0x81, 0xf8, ROUNDS & 0xff, (ROUNDS >> 8) & 0xff, ROUNDS >> 16, 0, 0x0f, 0x82];
  const back = new DataView(new ArrayBuffer(4));
  back.setInt32(0, -(bytes.length + 4), true);
  return [...bytes, ...new Uint8Array(back.buffer), HLT];
}

describe.each(BUILDS)("litmus, %s", (build) => {
  let pair: Pair;
  beforeEach(async () => {
    pair = await Pair.open(build);
  });
  afterEach(() => pair.close());

  test.each(Object.entries(STORE_BUFFERING))("store buffering, %s", async (_, { code, isRelaxed }) => {
    const [first, second] = await pair.rounds(
      [code, code],
      [
        [X, Y],
        [Y, X],
      ],
    );
    let relaxed = 0;
    for (let i = 0; i < ROUNDS; i++) {
      const round = BigInt(i + 1);
      const seen = [first?.[i * 2] ?? 0n, second?.[i * 2] ?? 0n];
      expect(seen.every((value) => value === round || value === round - 1n)).toBe(true);
      if (seen.every((value) => value < round)) relaxed++;
    }
    if (isRelaxed) tell(`store buffering, relaxed outcome: ${relaxed} of ${ROUNDS}`);
    else expect(relaxed).toBe(0);
  });

  test("message passing: who sees the second store sees the first", async () => {
    const [, seen] = await pair.rounds(
      [SEND, RECEIVE],
      [
        [X, Y],
        [X, Y],
      ],
    );
    let between = 0;
    for (let i = 0; i < ROUNDS; i++) {
      const second = seen?.[i * 2] ?? 0n;
      const first = seen?.[i * 2 + 1] ?? 0n;
      expect(first).toBeGreaterThanOrEqual(second);
      if (first > second) between++;
    }
    tell(`message passing, between the stores: ${between} of ${ROUNDS}`);
  });

  test.each([
    ["aligned", SHARED, ROUNDS],
    ["over a cache line's end", SHARED + 62, STOPPING],
    ["over a page's end", SHARED + PAGE - 2, STOPPING],
  ])("LOCK ADD, %s: none is lost", async (_, at, times) => {
    const program = { code: LOCK_ADD, registers: { rbx: at, r8: times } };
    await pair.run([program, program]);
    expect(pair.word(at)).toBe(2 * times);
  });

  test("CMPXCHG16B: none is lost, and no half of one is seen", async () => {
    const program = { code: COUNT_PAIRS, registers: { rsi: SHARED, r8: STOPPING } };
    await pair.run([program, program]);
    expect([0, 1].map((i) => pair.rig.get("r15", i))).toEqual([0n, 0n]);
    expect([pair.word(SHARED), pair.word(SHARED + 8)]).toEqual([2 * STOPPING, 2 * STOPPING]);
  });

  test("an instruction patched while the other vCPU executes it: old or new, never old again, and new at last", async () => {
    // nop * 3; mov eax,0; ret: the immediate is aligned
    pair.rig.write(PATCHED, [0x90, 0x90, 0x90, 0xb8, 0, 0, 0, 0, 0xc3]);
    await pair.run([
      { code: PATCH, registers: { rbx: PATCHED + 4, r9: PATCHES } },
      { code: CALL_PATCHED, registers: { rbx: PATCHED, r9: PATCHES } },
    ]);
    expect(pair.rig.get("r15", 1)).toBe(0n);
    expect(pair.rig.get("rax", 1)).toBe(BigInt(PATCHES));
    tell(`cross-modifying code: ${pair.rig.get("r11", 1)} calls during ${PATCHES} patches`);
  });
});

function tell(text: string): void {
  if (process.env["TADPOLE_LITMUS_TOLD"] === "1") console.log(text);
}
