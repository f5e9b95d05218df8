/**
 * A vCPU worker: one CPU of core's host, which runs whichever vCPU the main side sends. While it runs, it is in wasm;
 * only for pagers does it wait here, OUTSIDE of the guest and holding nothing.
 */
import {
  CPU_BASE,
  CPU_STRIDE,
  Cpu,
  PAGER_PENDING,
  PagerRequest,
  REQ_DEAD,
  REQ_KICK,
  RUN_WAIT_PAGER,
  SYSTEM_BASE,
  System,
  Vcpu,
} from "../abi/index.js";
import { CoreDead, instantiateCore, plainBug } from "./core_instance.js";
import type { FromVcpuWorker, ToVcpuWorker, WorkerInit } from "./messages.js";
import { endThisThread, mainSide, threadData } from "./platform.js";

/** Longest sleep between two looks at the dead word, ms. */
const DEAD_POLL_MS = 100;

const { module, memory, timeOrigin, cpuId } = threadData() as WorkerInit;
const post = (message: FromVcpuWorker): void => mainSide.post(message);
const core = instantiateCore(module, memory, timeOrigin, {
  pager: (request) => post({ type: "pager", request }),
  kill: endThisThread,
});
const cpu = CPU_BASE + cpuId * CPU_STRIDE;

function run(vcpu: number): number {
  while (true) {
    const status = core.x.vcpuRun(vcpu);
    if (status !== RUN_WAIT_PAGER) return status;
    waitForPager(vcpu, core.memory.get(vcpu, Vcpu.pagerRequest));
  }
}

/**
 * Sleeps until the pager has answered, or the run is to end: then vcpuRun sees why. The main side bumps Cpu.wake after
 * it answered, kicked or declared dead, and wakes those CPUs whose waitingOn is the request, hence the order here. Of a
 * vCPU with asynchronous page faults, `request` is the oldest of those outstanding: vcpuRun then takes all that have ended.
 */
function waitForPager(vcpu: number, request: number): void {
  const { memory } = core;
  memory.store32(cpu, Cpu.waitingOn, request);
  while (true) {
    const seen = memory.load32(cpu, Cpu.wake);
    if (memory.load32(request, PagerRequest.state) !== PAGER_PENDING) break;
    if ((memory.load32(vcpu, Vcpu.requests) & (REQ_KICK | REQ_DEAD)) !== 0) break;
    if (memory.load32(SYSTEM_BASE, System.dead) !== 0) throw new CoreDead();
    Atomics.wait(memory.words, memory.wordIndex(cpu, Cpu.wake), seen | 0, DEAD_POLL_MS);
  }
  memory.store32(cpu, Cpu.waitingOn, 0);
}

function serve(message: ToVcpuWorker): FromVcpuWorker {
  try {
    return { type: "ran", status: run(message.vcpu) };
  } catch (error) {
    core.x.cpuAbandon();
    return { type: "lost", bug: error instanceof CoreDead ? null : plainBug(error) };
  }
}

core.x.cpuInit(cpuId);
mainSide.onMessage((message) => post(serve(message as ToVcpuWorker)));
post({ type: "ready" });
