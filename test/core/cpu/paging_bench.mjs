/**
 * What linear hits and misses cost: `node test/core/cpu/paging_bench.mjs [core.test-release.wasm]`, after
 * `node tools/build.mjs core.test-release ts`. Two files may be named, FILE or FILE@ABI with the dist/abi that belongs to
 * it: their runs alternate, so that ratios are of one run.
 * Not a test: a look while working on core/hw and core/cpu. The project's figures come from `npm run bench`.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { instantiate } from "../core_env.mjs";

const files = process.argv.slice(2);
if (files.length === 0) files.push(fileURLToPath(new URL("../../../build/core.test-release.wasm", import.meta.url)));
const MIB = 64;
const LINEAR = 0x7f00_0000_0000n;
/** Linear pages that are mapped, by 4 KiB entries, to 64 pages of memory; and, from 1 GiB on, by 2 MiB entries. */
const TABLES = 64;
const LARGE = LINEAR + (1n << 30n);
const RUNS = 60;

function machine(wasm, abi, order) {
  const memory = new WebAssembly.Memory({ initial: MIB * 16, maximum: MIB * 16, shared: true });
  const x = instantiate(new WebAssembly.Module(readFileSync(wasm)), memory, performance.timeOrigin, () => {});
  if (x.systemInit(MIB * 256, 1) !== 0) throw new Error("systemInit");
  x.cpuInit(0);
  const words = new BigUint64Array(memory.buffer);
  const dv = new DataView(memory.buffer);
  const take = (o) => {
    const address = (x.framesAlloc(o, 4) >>> 0) * 4096;
    words.fill(0n, address / 8, (address + (4096 << o)) / 8);
    return address;
  };
  const [vcpu, tlb, c, op] = [take(0), take(3), take(0), take(0)];
  x.hwProbeInit(vcpu, tlb, 1024);
  // Guest memory: 4 MiB, by 4 KiB entries.
  const data = [take(9), take(9)];
  const [root, pointers, directory] = [take(0), take(0), take(0)];
  words[root / 8] = BigInt(pointers) | 0x107n;
  words[pointers / 8] = BigInt(directory) | 0x107n;
  data.forEach((base, i) => {
    const table = take(0);
    words[directory / 8 + i] = BigInt(table) | 0x107n;
    for (let j = 0; j < 512; j++) words[table / 8 + j] = BigInt(base + j * 4096) | 0x337n;
  });
  x.hwProbeSet(vcpu, abi.TDP_EPT, 4, BigInt(root), 1 | 8 | 16, 46, 0);
  x.pagingProbeInit(c, vcpu, take(order));
  const host = (gpa) => data[Math.floor(gpa / 0x20_0000)] + (gpa % 0x20_0000);
  const set = (gpa, i, entry) => {
    words[host(gpa) / 8 + i] = BigInt(entry) | 0x67n;
  };
  const [cr3, level3, level2, large2] = [0x1000, 0x2000, 0x3000, 0x4000];
  const index = (shift) => Number((LINEAR >> BigInt(shift)) & 511n);
  set(cr3, index(39), level3);
  set(0x5000, index(39), level3); // another address space, the same below
  set(level3, index(30), level2);
  set(level3, index(30) + 1, large2);
  for (let i = 0; i < TABLES; i++) {
    const table = 0x10_0000 + i * 4096;
    set(level2, i, table);
    for (let j = 0; j < 512; j++) set(table, j, 0x20_0000 + ((i * 512 + j) % 64) * 4096);
    set(large2, i, 0x20_0080);
  }
  const put = (name, value) =>
    abi.X86[name].type === "u64"
      ? dv.setBigUint64(c + abi.X86[name].offset, BigInt(value), true)
      : dv.setUint32(c + abi.X86[name].offset, Number(value), true);
  const get = (name) => dv.getBigUint64(c + abi.X86[name].offset, true);
  put("maxPhyAddr", 46);
  put("features", abi.CPU_HAS_PAGE1G);
  put("cr0", abi.CR0_PE | abi.CR0_PG);
  put("cr4", abi.CR4_PAE);
  put("efer", abi.EFER_LMA | abi.EFER_NXE);
  put("codeMode", 2);
  put("flags", 2n);
  x.pagingProbeChanged(c);
  x.pagingProbeCr3(c, BigInt(cr3));
  return { abi, x, c, op, get, put, cr3: BigInt(cr3), vcpu };
}

const ABI = fileURLToPath(new URL("../../../dist/abi", import.meta.url));
const machines = [];
for (const name of files) {
  const [file, dir = ABI] = name.split("@");
  machines.push(machine(file, await import(`${dir}/index.js`), 6));
}

function measure(name, n, run, counted = n) {
  const columns = machines.map(() => []);
  for (let i = 0; i < RUNS; i++) {
    machines.forEach((m, k) => {
      const start = process.hrtime.bigint();
      if (run(m, n) === 0n) throw new Error(`${name}: an access failed`);
      columns[k].push(Number(process.hrtime.bigint() - start) / counted);
    });
  }
  const text = columns.map((times) => {
    times.sort((a, b) => a - b);
    return `${times[RUNS >> 1].toFixed(2).padStart(8)} (${times[RUNS >> 3].toFixed(2)})`;
  });
  console.log(`${name.padEnd(44)} ${text.join("  ")} ns median (fast)`);
}

console.log(`node ${process.version}; ${files.join(" ")}`);
const N = 200_000;
const read = (lin, pages, step) => (m, n) => m.x.pagingBenchReads(m.c, m.op, lin, BigInt(pages), BigInt(step), n);
const write = (lin, pages, step) => (m, n) => m.x.pagingBenchWrites(m.c, m.op, lin, BigInt(pages), BigInt(step), n);
measure("hit, load, one page", N, read(LINEAR, 1, 8));
measure("hit, load, 512 pages", N, read(LINEAR, 512, 4160));
measure("hit, store, 512 pages", N, write(LINEAR, 512, 4160));
measure("load, 2048 pages: first level misses", N, read(LINEAR, 2048, 4160));
measure("load, 4096 pages", N, read(LINEAR, 4096, 4160));
measure("load, 30000 pages: both miss", N, read(LINEAR, 30_000, 4160));
measure("store, 30000 pages: both miss", N, write(LINEAR, 30_000, 4160));
measure("load, 30000 pages of 2 MiB pages", N, read(LARGE, 30_000, 4160));
measure("change of CPL", N, (m, n) => m.x.pagingBenchPrivilege(m.c, n));
const switches = (other, pages) => (m, n) =>
  m.x.pagingBenchSwitches(m.c, m.op, m.cr3 | other(0), m.cr3 | other(1), LINEAR, BigInt(pages), n);
measure(
  "MOV CR3, and 64 pages, flushing; per load",
  2000,
  switches(() => 0n, 64),
  2000 * 64,
);
for (const m of machines) {
  m.put("cr4", m.abi.CR4_PAE | m.abi.CR4_PCIDE);
  m.x.pagingProbeChanged(m.c);
}
const keep = (i) => (1n << 63n) | BigInt(i + 1);
measure("MOV CR3, and 64 pages, PCIDs; per load", 2000, switches(keep, 64), 2000 * 64);
