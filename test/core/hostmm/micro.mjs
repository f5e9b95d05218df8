/**
 * What the host mm's operations cost: medians in ns, release build, one thread, and two on disjoint pages.
 *
 *   node tools/build.mjs core.test-release && node test/core/hostmm/micro.mjs
 */
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { instantiate } from "../core_env.mjs";

const dir = process.env.TADPOLE_BUILD_DIR ?? new URL("../../../build", import.meta.url).pathname;
const module = new WebAssembly.Module(readFileSync(`${dir}/core.test-release.wasm`));
const wasmPages = 2048 * 16; // 2 GiB
const memory = new WebAssembly.Memory({ initial: wasmPages, maximum: wasmPages, shared: true });
const x = instantiate(module, memory, performance.timeOrigin, () => {});
x.systemInit(wasmPages * 16, 4);
x.cpuInit(0);

const RUNS = 9;
const PAGE = 4096n;
const RW = 3;
const ANON = 1;
const OBJECT = 2;
const PHANTOM = 4;
const HUGE = 2;
const WRITE = 1;

/** @param {string} name @param {number} ops @param {() => unknown} body @param {() => unknown} [before] @param {() => unknown} [after] */
function measure(name, ops, body, before = () => {}, after = () => {}) {
  const times = [];
  for (let i = 0; i <= RUNS; i++) {
    before();
    const start = performance.now();
    const failures = Number(body() ?? 0);
    if (i > 0) times.push(((performance.now() - start) * 1e6) / ops);
    if (failures !== 0) throw new Error(`${name}: ${failures}`);
    after();
  }
  report(name, times);
}

/** @param {string} name @param {number[]} times */
function report(name, times) {
  times.sort((a, b) => a - b);
  const [low, median, high] = [times[0], times[times.length >> 1], times[times.length - 1]];
  process.stdout.write(
    `${name.padEnd(56)} ${median.toFixed(1).padStart(8)}   ${low.toFixed(1)} .. ${high.toFixed(1)}\n`,
  );
}

process.stdout.write(`Node ${process.version}, median ns per page of ${RUNS} runs, lowest .. highest\n`);
const N = 65536; // 256 MiB
const mm = x.mmCreate();
const map = (pages, flags = 0, backing = ANON, source = 0) =>
  x.mmMap(mm, 0n, BigInt(pages) * PAGE, backing, RW, flags, source, 0n);
const touch = (hva, pages, flags = WRITE) => x.hostTimeGup(mm, hva, pages, flags);

const hva = map(N);
touch(hva, N); // the frames are resident from here on
measure("gupFast, mapped 4 KiB, sequential, 256 MiB", N, () => x.hostTimeGupFast(mm, hva, N, 1, 1, WRITE));
measure("gupFast, mapped 4 KiB, sequential, 2 MiB", 512 * 100, () => x.hostTimeGupFast(mm, hva, 512, 1, 100, WRITE));
measure("gupFast, mapped 4 KiB, every 4099th page", N, () => x.hostTimeGupFast(mm, hva, N, 4099, 1, WRITE));
measure("gup, mapped 4 KiB, sequential", N, () => touch(hva, N));
const drop = (at, pages) => x.mmDontNeed(mm, at, BigInt(pages) * PAGE);
measure(
  "gup, first touch, 4 KiB zeroed",
  N,
  () => touch(hva, N),
  () => drop(hva, N),
);
measure(
  "DONTNEED, mapped 4 KiB",
  N,
  () => drop(hva, N),
  () => touch(hva, N),
);
const W = 512; // 2 MiB: what is zeroed stays in the cache
measure(
  "gup, first touch, 4 KiB zeroed, 2 MiB at a time",
  W,
  () => touch(hva, W),
  () => drop(hva, W),
);
touch(hva, N);
measure(
  "protect to read-only",
  N,
  () => x.mmProtect(mm, hva, BigInt(N) * PAGE, 1),
  () => touchAll(),
);
function touchAll() {
  x.mmProtect(mm, hva, BigInt(N) * PAGE, RW);
  touch(hva, N);
}
measure(
  "gup, write right comes back",
  N,
  () => touch(hva, N),
  () => {
    x.mmProtect(mm, hva, BigInt(N) * PAGE, 1);
    x.mmProtect(mm, hva, BigInt(N) * PAGE, RW);
  },
);

let child = 0;
const end = () => x.mmDestroy(child);
const fork = () => {
  child = x.mmFork(mm);
};
measure(
  "fork",
  N,
  () => void fork(),
  () => touch(hva, N),
  end,
);
measure(
  "destroy of a fork",
  N,
  () => end(),
  () => fork(),
);
measure("gup, write to a page shared by fork: copy", N, () => touch(hva, N), fork, end);
x.mmUnmap(mm, hva, BigInt(N) * PAGE);

const huge = map(N, HUGE);
measure(
  "gup, first touch of 2 MiB, per 4 KiB",
  N,
  () => touchBlocks(),
  () => drop(huge, N),
);
function touchBlocks() {
  let failures = 0;
  for (let at = 0; at < N; at += 512) failures += x.hostTimeGup(mm, huge + BigInt(at) * PAGE, 1, WRITE);
  return failures;
}
measure("gupFast, mapped 2 MiB, sequential", N, () => x.hostTimeGupFast(mm, huge, N, 1, 1, WRITE));
measure("DONTNEED, mapped 2 MiB, per 4 KiB", N, () => drop(huge, N), touchBlocks);
x.mmUnmap(mm, huge, BigInt(N) * PAGE);

const object = x.mmObjectCreate(BigInt(N) * PAGE);
const shared = map(N, 0, OBJECT, object);
touch(shared, N);
measure(
  "gup, page of a shared object that is there",
  N,
  () => touch(shared, N),
  () => drop(shared, N),
);
x.mmUnmap(mm, shared, BigInt(N) * PAGE);
x.mmObjectPut(object);

const phantom = map(N * 64, 0, PHANTOM);
measure("gup, phantom 4 KiB", N, () => touch(phantom, N));
x.mmUnmap(mm, phantom, BigInt(N * 64) * PAGE);

await measureTwo();

/** Two threads, each with its half: wall time per page, both together. */
async function measureTwo() {
  const at = map(N);
  touch(at, N);
  const body = `
    const { workerData, parentPort } = require("node:worker_threads");
    import(workerData.env).then(({ instantiate }) => {
      const { module, memory, turn, cpu, mm, hva, pages } = workerData;
      const x = instantiate(module, memory, performance.timeOrigin, () => {});
      x.cpuInit(cpu);
      parentPort.postMessage("ready");
      for (let round = 1; ; round++) {
        while (Atomics.load(turn, 0) < round);
        if (Atomics.load(turn, 3) !== 0) return;
        x.hostTimeGup(mm, hva, pages, 1);
        Atomics.add(turn, cpu, 1);
      }
    });`;
  const turn = new Int32Array(new SharedArrayBuffer(16));
  const env = new URL("../core_env.mjs", import.meta.url).href;
  const workers = [1, 2].map((cpu) => {
    const half = { hva: at + BigInt((cpu - 1) * (N / 2)) * PAGE, pages: N / 2 };
    return new Worker(body, { eval: true, workerData: { env, module, memory, turn, cpu, mm, ...half } });
  });
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("message", resolve))));
  const times = [];
  for (let round = 1; round <= RUNS + 1; round++) {
    drop(at, N);
    const start = performance.now();
    Atomics.store(turn, 0, round);
    // Sleeps: there may be no third core to spin on.
    while (Atomics.load(turn, 1) < round || Atomics.load(turn, 2) < round) Atomics.wait(turn, 3, 0, 0.2);
    if (round > 1) times.push(((performance.now() - start) * 1e6) / N);
  }
  Atomics.store(turn, 3, 1);
  Atomics.store(turn, 0, RUNS + 2);
  report("gup, first touch, 4 KiB zeroed, 2 threads disjoint, wall", times);
}
