/** Random operations against a naive model that knows for each frame who has it, with all invariants after each step. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUILDS, type Core } from "../harness.js";
import { KIND, MAX_ORDER, type MmExports, openSmall } from "./mm_exports.js";

const FIRST = 512;
const FRAMES = 512;

interface Block {
  pfn: number;
  order: number;
  kind: number;
  refs: number;
}

class Model {
  readonly blocks: Block[] = [];
  readonly used = new Uint8Array(FRAMES);

  /** An aligned run of 2^order frames nobody has. */
  hasRoom(order: number): boolean {
    for (let at = 0; at < FRAMES; at += 1 << order) {
      if (this.used.subarray(at, at + (1 << order)).every((frame) => frame === 0)) return true;
    }
    return false;
  }

  take(block: Block): void {
    const at = block.pfn - FIRST;
    expect(block.pfn % (1 << block.order), "alignment").toBe(0);
    expect(at >= 0 && at + (1 << block.order) <= FRAMES, "inside the arena").toBe(true);
    expect(this.used.subarray(at, at + (1 << block.order)).includes(1), "overlap").toBe(false);
    this.used.fill(1, at, at + (1 << block.order));
    this.blocks.push(block);
  }

  give(block: Block): void {
    const at = block.pfn - FIRST;
    this.used.fill(0, at, at + (1 << block.order));
    this.blocks.splice(this.blocks.indexOf(block), 1);
  }

  frames(kind: number): number {
    return this.blocks.reduce((sum, block) => sum + (block.kind === kind ? 1 << block.order : 0), 0);
  }
}

interface Real {
  /** With one CPU, no frame is out of reach: an allocation fails only if no room is left. */
  exact: boolean;
}
type Command = (model: Model, real: Real, x: MmExports) => void;

const allocate =
  (order: number, kind: number): Command =>
  (model, { exact }, x) => {
    const room = model.hasRoom(order);
    const pfn = x.framesAlloc(order, kind);
    if (pfn !== 0) model.take({ pfn, order, kind, refs: 1 });
    else if (exact) expect(room, `room for order ${order}, but none given`).toBe(false);
    if (!room) expect(pfn).toBe(0);
  };

const release =
  (pick: number): Command =>
  (model, _real, x) => {
    const block = model.blocks[pick % Math.max(1, model.blocks.length)];
    if (block === undefined) return;
    block.refs--;
    expect(x.framePut(block.pfn)).toBe(Number(block.refs === 0));
    if (block.refs > 0) return;
    x.framesFree(block.pfn, block.order);
    model.give(block);
  };

const reference =
  (pick: number): Command =>
  (model, _real, x) => {
    const block = model.blocks[pick % Math.max(1, model.blocks.length)];
    if (block === undefined) return;
    x.frameGet(block.pfn);
    block.refs++;
  };

const split =
  (pick: number): Command =>
  (model, _real, x) => {
    const block = model.blocks[pick % Math.max(1, model.blocks.length)];
    if (block === undefined || block.refs !== 1) return;
    x.framesSplit(block.pfn, block.order);
    model.give(block);
    for (let i = 0; i < 1 << block.order; i++) model.take({ ...block, pfn: block.pfn + i, order: 0 });
  };

const drain: Command = (_model, _real, x) => x.magazineDrain();

const kinds = fc.constantFrom(KIND.kernel, KIND.spt, KIND.hostTable, KIND.anon);
const orders = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(MAX_ORDER) });
const commands: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(orders, kinds).map(([order, kind]) => allocate(order, kind)) },
  { weight: 6, arbitrary: fc.nat(1000).map(release) },
  { weight: 1, arbitrary: fc.nat(1000).map(reference) },
  { weight: 1, arbitrary: fc.nat(1000).map(split) },
  { weight: 1, arbitrary: fc.constant(drain) },
);

function checkAgainst(model: Model, { x }: Core<MmExports>): void {
  x.frameInvariantCheck();
  for (const kind of [KIND.kernel, KIND.slab, KIND.spt, KIND.hostTable, KIND.anon]) {
    expect(x.frameKindCount(kind), `frames of kind ${kind}`).toBe(model.frames(kind));
  }
}

describe.each(BUILDS)("frames against a model, build %s", (build) => {
  it.each([1, 3])("agrees after every step, %i CPU(s)", async (nCpus) => {
    const step = fc.tuple(commands, fc.nat(nCpus - 1));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120, size: "max" }), async (steps) => {
        const core = await openSmall(build, nCpus);
        const cpus = Array.from({ length: nCpus }, (_, id) => core.cpu(id));
        const real = { exact: nCpus === 1 };
        const model = new Model();
        for (const [command, id] of steps) {
          command(model, real, cpus[id] ?? core.x);
          checkAgainst(model, core);
        }
        for (const block of [...model.blocks]) {
          for (; block.refs > 0; block.refs--) core.x.framePut(block.pfn);
          core.x.framesFree(block.pfn, block.order);
          model.give(block);
        }
        for (const cpu of cpus) cpu.magazineDrain();
        checkAgainst(model, core);
        expect(core.x.frameKindCount(KIND.free)).toBe(FRAMES);
      }),
      { numRuns: 60 },
    );
  });
});
