/** The generated parts of docs/: each function returns the markdown between one pair of markers. */
import { documentedConstants } from "./layout_comments.mjs";

/** @typedef {Record<string, any>} Abi the exports of dist/abi */

/** @type {Record<string, (abi: Abi) => string>} */
export const SECTIONS = {
  "lock-order": lockOrder,
  "memory-map": memoryMap,
  "memory-budget": memoryBudget,
  "spte-transitions": spteTransitions,
  tracepoints,
  "bug-codes": bugCodes,
};

/**
 * @param {string[]} head
 * @param {(string | number)[][]} rows
 */
export function table(head, rows) {
  const cell = (/** @type {string | number} */ value) => String(value).replaceAll("|", "\\|");
  const line = (/** @type {(string | number)[]} */ cells) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function lockOrder() {
  const ranks = documentedConstants("core/sync/lockorder.ts", "RANK_");
  const rows = ranks.map(({ name, value, comment }) => {
    const card = comment.replace(/\.$/, "").split(" / ");
    if (card.length !== 4)
      throw new Error(`${name}: its card needs "protects / taken by / may sleep / forbidden inside"`);
    return [value, `\`${name}\``, ...card];
  });
  return table(["rank", "lock", "protects", "taken by", "may sleep", "forbidden inside"], rows);
}

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** @param {number} bytes */
function size(bytes) {
  if (bytes >= GIB && bytes % GIB === 0) return `${bytes / GIB} GiB`;
  if (bytes >= MIB) return `${Number((bytes / MIB).toFixed(2))} MiB`;
  return bytes >= KIB ? `${Number((bytes / KIB).toFixed(2))} KiB` : `${bytes} B`;
}

/** @param {number} address */
function hex(address) {
  return `\`0x${address.toString(16).padStart(8, "0")}\``;
}

/** The CPUs of the worked example: two vCPU workers, the control worker, and room. */
const EXAMPLE_CPUS = 8;

/** @param {Abi} abi */
function memoryMap(abi) {
  const cpuEnd = abi.CPU_BASE + EXAMPLE_CPUS * abi.CPU_STRIDE;
  const metaBytes = (4 * GIB * abi.FRAME_BYTES) / abi.PAGE_SIZE;
  const arena = Math.ceil((cpuEnd + metaBytes) / (2 * MIB)) * 2 * MIB;
  return table(
    ["from", "what", "size"],
    [
      [hex(0), "never used: the null pointer's page", size(abi.STATIC_BASE)],
      [
        hex(abi.STATIC_BASE),
        "asc's constants: the table indices of functions used as values",
        `at most ${size(abi.SYSTEM_BASE - abi.STATIC_BASE)}`,
      ],
      [hex(abi.SYSTEM_BASE), "`System`", size(abi.SYSTEM_BYTES)],
      [
        hex(abi.CPU_BASE),
        `CPU areas, ${size(abi.CPU_STRIDE)} each`,
        `${size(EXAMPLE_CPUS * abi.CPU_STRIDE)} for ${EXAMPLE_CPUS} CPUs`,
      ],
      [hex(cpuEnd), `frame metadata, ${abi.FRAME_BYTES} B for each 4 KiB frame`, size(metaBytes)],
      [hex(arena), "arena: everything the buddy allocator hands out, to the end of memory", size(4 * GIB - arena)],
    ],
  );
}

/**
 * What one GiB of guest memory costs beside itself, all of it mapped with 4 KiB pages: the dearest case.
 * @param {Abi} abi
 * @returns {[string, number][]}
 */
function guestCosts(abi) {
  const pages = GIB / abi.PAGE_SIZE;
  const tables = pages / 512 + pages / 512 / 512 + 2;
  return [
    ["EPT or NPT tables", tables * abi.PAGE_SIZE],
    ["their headers (`MmuPage`)", tables * abi.MMU_PAGE_BYTES],
    ["host tables (HVA to HPA)", tables * abi.PAGE_SIZE],
    ["dirty bitmap, twice (only while logged)", (2 * pages) / 8],
    ["huge-page counters (`lpage_info`)", (pages / 512) * 2 + 2],
  ];
}

/** @param {Abi} abi */
function memoryBudget(abi) {
  const costs = guestCosts(abi);
  const total = costs.reduce((sum, [, bytes]) => sum + bytes, 0);
  const metaBytes = (4 * GIB * abi.FRAME_BYTES) / abi.PAGE_SIZE;
  /** @type {[string, number][]} */
  const perVcpu = [
    ["`Vcpu`", abi.PAGE_SIZE],
    ["TLB", abi.TLB_BYTES],
    ["PML buffer", abi.PAGE_SIZE],
  ];
  const resident = Math.floor(((4 * GIB - metaBytes - 2 * MIB) / (GIB + total)) * (GIB / MIB));
  return [
    table(
      ["for each GiB of guest memory, mapped with 4 KiB pages", "size"],
      [...costs.map(([what, bytes]) => [what, size(bytes)]), ["together", size(total)]],
    ),
    table(
      ["for each vCPU", "size"],
      perVcpu.map(([what, bytes]) => [what, size(bytes)]),
    ),
    `With a memory of 4 GiB and ${size(metaBytes)} of frame metadata, ${resident} MiB of guest memory can be resident at once, all VMs of the process together.`,
  ].join("\n\n");
}

/** @param {Abi} abi */
function spteTransitions(abi) {
  const states = ["NONPRESENT", "MMIO", "FROZEN", "TABLE", "LEAF"];
  const modes = [
    ["shared", abi.SPTE_MODE_SHARED],
    ["excl", abi.SPTE_MODE_EXCL],
    ["detached", abi.SPTE_MODE_DETACHED],
    ["lockless", abi.SPTE_MODE_LOCKLESS],
  ];
  const rows = states.map((from) => {
    const row = abi[`SPTE_FROM_${from}`];
    return [
      `**${from}**`,
      ...states.map((to) => {
        const allowed = (row >>> (abi[`SPTE_STATE_${to}`] * 4)) & 15;
        return (
          modes
            .filter(([, bit]) => allowed & bit)
            .map(([name]) => name)
            .join(", ") || "–"
        );
      }),
    ];
  });
  return table(["from \\ to", ...states], rows);
}

function tracepoints() {
  const events = documentedConstants("core/layout/trace.ts", "TRACE_").filter(
    ({ comment, name }) => comment !== "" && name !== "TRACE_EVENTS",
  );
  return table(
    ["number", "event", "fields"],
    events.map(({ name, value, comment }) => [value, `\`${name.replace(/^TRACE_/, "").toLowerCase()}\``, comment]),
  );
}

function bugCodes() {
  const codes = documentedConstants("core/layout/bugs.ts", "BUG_");
  return table(
    ["code", "name", "meaning"],
    codes.map(({ name, value, comment }) => [value, `\`${name}\``, comment]),
  );
}
