/**
 * What a TLB hit, a walk and a miss cost: `node test/core/hw/hw_bench.mjs [core.test-release.wasm]`, after
 * `node tools/build.mjs core.test-release`. The loop without any translation stands beside.
 * Not a test: a look while working on core/hw. The project's figures come from `npm run bench`.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { instantiate } from "../core_env.mjs";

const wasm = process.argv[2] ?? fileURLToPath(new URL("../../../build/core.test-release.wasm", import.meta.url));
const MIB = 256;
const memory = new WebAssembly.Memory({ initial: MIB * 16, maximum: MIB * 16, shared: true });
const x = /** @type {any} */ (
  instantiate(new WebAssembly.Module(readFileSync(wasm)), memory, performance.timeOrigin, () => {})
);
if (x.systemInit(MIB * 256, 1) !== 0) throw new Error("systemInit");
x.cpuInit(0);

const words = new BigUint64Array(memory.buffer);
const take = (order) => {
  const address = (x.framesAlloc(order, 4) >>> 0) * 4096;
  words.fill(0n, address / 8, (address + (4096 << order)) / 8);
  return address;
};
const [vcpu, tlb] = [take(0), take(3)];
x.hwProbeInit(vcpu, tlb, 1024);

const PAGES = 1024;
/** Everything allowed and every flag set; EPT's pages are write-back. */
const TABLE = { ept: 0x107n, npt: 0x27n };
const PAGE = { ept: 0x337n, npt: 0x67n };

/** 128 MiB from gpa 0 by 4 KiB entries over 16 MiB of data; 128 MiB from 1 GiB by 2 MiB ones. */
function build(format) {
  const [root, pointers, low, high] = [take(0), take(0), take(0), take(0)];
  const [table, page] = [TABLE[format], PAGE[format]];
  const data = Array.from({ length: 8 }, () => take(9));
  words[root / 8] = BigInt(pointers) | table;
  words[pointers / 8] = BigInt(low) | table;
  words[pointers / 8 + 1] = BigInt(high) | table;
  for (let i = 0; i < 64; i++) {
    const entries = take(0);
    words[low / 8 + i] = BigInt(entries) | table;
    words[high / 8 + i] = BigInt(data[i % 8]) | page | 0x80n;
    for (let j = 0; j < 512; j++) words[entries / 8 + j] = BigInt(data[i % 8] + j * 4096) | page;
  }
  return { root, data: data[0] };
}

const HW_AD = 1;
const HW_PAGE_1G = 8;
const HW_NX = 16;
function use(format, root) {
  x.hwProbeSet(vcpu, format === "ept" ? 0 : 1, 4, BigInt(root), HW_AD | HW_PAGE_1G | HW_NX, 46, 0);
  x.hwProbeFlushAll(vcpu);
}

/** Many short runs: the fastest decile is what the code costs, the median what this machine made of it. */
function median(name, n, run) {
  const times = [];
  for (let i = 0; i < RUNS; i++) {
    const start = process.hrtime.bigint();
    const result = run(n);
    const ns = Number(process.hrtime.bigint() - start) / n;
    if (result === 0n) throw new Error(`${name}: an access failed`);
    times.push(ns);
  }
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(RUNS * share)].toFixed(2).padStart(7);
  console.log(`${name.padEnd(46)} ${at(0.5)} ns median ${at(0.1)} ns fastest decile`);
}

console.log(`node ${process.version}`);
const RUNS = 100;
const N = 400_000;
for (const format of ["ept", "npt"]) {
  const { root, data } = build(format);
  use(format, root);
  const inOnePage = 0xff8n;
  const inTlb = BigInt(PAGES * 4096 - 1) & ~7n;
  words[data / 8] = 1n;
  for (let i = 0; i < PAGES; i++) x.hwProbeWrite(vcpu, BigInt(i * 4096), 8, 1n);
  if (format === "ept") {
    median("load, no translation, one page", N, (n) => x.hwBenchLoads(data, 8n, inOnePage, n));
    median("load, no translation, 2 MiB by 4160", N, (n) => x.hwBenchLoads(data, 4160n, 0x1f_fff8n, n));
  }
  median(`${format}: TLB hit and load, one page`, N, (n) => x.hwBenchHits(vcpu, 0n, 8n, inOnePage, n));
  median(`${format}: TLB hit and load, 2 MiB by 4160`, N, (n) => x.hwBenchHits(vcpu, 0n, 4160n, 0x1f_fff8n, n));
  median(`${format}: TLB hit and load, 4 MiB by 4160`, N, (n) => x.hwBenchHits(vcpu, 0n, 4160n, inTlb, n));
  median(`${format}: hwRead, one page`, N, (n) => x.hwBenchReads(vcpu, 0n, 8n, inOnePage, n));
  median(`${format}: hwWrite, one page`, N, (n) => x.hwBenchWrites(vcpu, 0n, 8n, inOnePage, n));
  median(`${format}: hwWrite, 2 MiB by 4160`, N, (n) => x.hwBenchWrites(vcpu, 0n, 4160n, 0x1f_fff8n, n));
  const M = 100_000;
  median(`${format}: walk 4 KiB, 128 MiB sequential`, M, (n) => x.hwBenchWalks(vcpu, 0n, 4096n, 0x7ff_f000n, n, 2));
  median(`${format}: walk 2 MiB, 128 MiB by 4 KiB`, M, (n) =>
    x.hwBenchWalks(vcpu, 1n << 30n, 4096n, 0x7ff_f000n, n, 2),
  );
  median(`${format}: miss (flush, walk, fill) 4 KiB`, M, (n) => x.hwBenchMisses(vcpu, 0n, 4096n, 0x7ff_f000n, n, 2));
}
