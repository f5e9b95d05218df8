/**
 * What uncontended operations of core/sync cost: medians in ns, release build, one thread, eight CPUs known.
 *
 *   node tools/build.mjs core.test-release && node test/core/sync/micro.mjs
 */
import { readFileSync } from "node:fs";
import { instantiate } from "../core_env.mjs";

const dir = process.env.TADPOLE_BUILD_DIR ?? new URL("../../../build", import.meta.url).pathname;
const module = new WebAssembly.Module(readFileSync(`${dir}/core.test-release.wasm`));
const pages = 64 * 16;
const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
const open = () => instantiate(module, memory, performance.timeOrigin, () => {});
const x = open();
x.systemInit(pages * 16, 8);
x.cpuInit(0);
// A writer sweeps the CPUs that were ever there.
for (let id = 1; id < 8; id++) open().cpuInit(id);

const RUNS = 15;
const N = 2_000_000;
const area = x.syncBlockAlloc(3) >>> 0;
const vm = area + 8192;

/** @param {string} name @param {(p: number, n: number) => void} fn @param {number} p @param {number} [n] */
function measure(name, fn, p, n = N) {
  fn(p, n); // compiled meanwhile
  const times = [];
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now();
    fn(p, n);
    times.push(((performance.now() - start) * 1e6) / n);
  }
  times.sort((a, b) => a - b);
  const [low, median, high] = [times[0], times[RUNS >> 1], times[RUNS - 1]];
  process.stdout.write(
    `${name.padEnd(44)} ${median.toFixed(1).padStart(7)}   ${low.toFixed(1)} .. ${high.toFixed(1)}\n`,
  );
}

process.stdout.write(`Node ${process.version}, median ns per operation of ${RUNS} runs, lowest .. highest\n`);
measure("atomic load (and the loop)", x.syncMicroLoad, area);
measure("atomic add", x.syncMicroAdd, area);
x.syncSpinInit(area + 64, 2);
measure("spinLock + spinUnlock", x.syncMicroSpin, area + 64);
for (const [kind, name] of ["distributed", "central", "exclusive"].entries()) {
  x.syncRwInit(area + 128, kind, 5);
  measure(`readLock + readUnlock, ${name}`, x.syncMicroRead, area + 128);
  measure(`writeLock + writeUnlock, ${name}`, x.syncMicroWrite, area + 128, N / 10);
}
measure("epochEnter + epochExit", x.syncMicroEpoch, area);
x.syncVmMake(vm, 4);
measure("guestEnter + guestLeave", x.syncMicroGuest, vm + 4096);
measure("hasRequests", x.syncMicroRequests, vm + 4096);
measure("remoteFlush, 4 vCPUs, none inside", x.syncMicroFlush, vm, N / 10);
