/**
 * The control worker: CPU 0 of core's host. Executes the API's blocking calls in the order of their arrival.
 *
 * A call that meets a page only a pager can supply is parked: it waits here, asynchronously and holding nothing, while
 * later calls are served; a pager that itself calls the API therefore cannot deadlock. Before the owner of parked calls
 * (a VM or an address space) is destroyed, they are told to end, with ECANCELED.
 */
import {
  CPU_BASE,
  Cpu,
  EAGAIN,
  EFAULT,
  ENOMEM,
  GUP_LATER,
  PAGE_SIZE,
  PAGER_PENDING,
  PagerRequest,
} from "../abi/index.js";
import { type ControlCalls, chunkAlloc, controlCalls, Refused } from "./control_calls.js";
import type { CoreExports } from "./core_exports.js";
import { CoreDead, errnoOf, instantiateCore, plainBug } from "./core_instance.js";
import { Deferred } from "./deferred.js";
import { ECANCELED } from "./errors.js";
import type { ControlCall, FromControlWorker, ToControlWorker, WorkerInit } from "./messages.js";
import { endThisThread, mainSide, threadData } from "./platform.js";

interface Parked {
  owner: number;
  request: number;
  wait: Deferred<void>;
}

const { module, memory, timeOrigin, nCpus } = threadData() as WorkerInit;
const post = (message: FromControlWorker, transfer?: ArrayBuffer[]): void => mainSide.post(message, transfer);
const core = instantiateCore(module, memory, timeOrigin, {
  pager: (request) => post({ type: "pager", request }),
  kill: endThisThread,
});
const parked = new Set<Parked>();

/** Runs `attempt` as work for `owner`, whose death then ends core's waits. Restarts it as often as a pager is needed. */
async function enter<R extends number | bigint>(owner: number, attempt: () => R): Promise<R> {
  while (true) {
    core.memory.set(CPU_BASE, Cpu.ret3, 0n);
    core.memory.store32(CPU_BASE, Cpu.vm, owner);
    const result = attempt();
    core.memory.store32(CPU_BASE, Cpu.vm, 0);
    const errno = errnoOf(result);
    if (errno === 0) return result;
    const request = Number(core.memory.get(CPU_BASE, Cpu.ret3));
    if (errno !== EAGAIN || request === 0) throw new Refused(errno);
    await (request === Number(GUP_LATER) ? nextTurn() : pagerAnswer(owner, request));
  }
}

/** Lets other calls have their turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** Waits for the pager; throws Refused if it failed, or the wait was cancelled. The request is given back. */
async function pagerAnswer(owner: number, request: number): Promise<void> {
  const entry = { owner, request, wait: new Deferred<void>() };
  let error = 0;
  parked.add(entry);
  try {
    if (core.memory.load32(request, PagerRequest.state) === PAGER_PENDING) await entry.wait.promise;
  } finally {
    parked.delete(entry);
    error = core.x.pagerFinish(request);
  }
  if (error !== 0) throw new Refused(EFAULT);
}

let calls: ControlCalls;

async function serve({ id, name, args, owner }: ControlCall): Promise<void> {
  try {
    const value = await perform(name, args, owner);
    post({ type: "answer", id, value }, value instanceof Uint8Array ? [value.buffer as ArrayBuffer] : []);
  } catch (error) {
    if (error instanceof Refused) post({ type: "refused", id, errno: error.errno });
    else
      post({
        type: "lost",
        id,
        bug: error instanceof CoreDead ? null : plainBug(error),
        systemDead: core.x.cpuAbandon() !== 0,
      });
  }
}

function perform(name: string, args: readonly unknown[], owner: number): Promise<unknown> {
  const special = (calls as Record<string, (owner: number, ...args: never[]) => Promise<unknown>>)[name];
  if (special !== undefined) return special(owner, ...(args as never[]));
  const fn = core.x[name as keyof CoreExports] as (...args: unknown[]) => number;
  return enter(owner, () => fn(...args));
}

function cancel(owner: number): void {
  for (const entry of parked) if (entry.owner === owner) entry.wait.reject(new Refused(ECANCELED));
}

function wake(request: number): void {
  for (const entry of parked) if (entry.request === request) entry.wait.resolve();
}

mainSide.onMessage((received) => {
  const message = received as ToControlWorker;
  if (message.type === "call") void serve(message);
  else if (message.type === "pagerDone") wake(message.request);
  else cancel(message.owner);
});

/** Makes the system, and what this worker needs itself. An errno, or 0. */
function start(): number {
  const error = core.x.systemInit(memory.buffer.byteLength / PAGE_SIZE, nCpus) || core.x.cpuInit(0);
  if (error !== 0) return errnoOf(error);
  const buffer = chunkAlloc(core);
  if (buffer === 0) return ENOMEM;
  calls = controlCalls(core, enter, buffer);
  return 0;
}

post({ type: "ready", errno: start() });
