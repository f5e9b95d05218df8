/**
 * Recorded results, packed: what each vector changed, by columns, compressed. A group of the decode table is a file;
 * its cases can be read one by one, since each says what inputs it belongs to (a hash): when the generator changes, a
 * case asks to be recorded again instead of accusing the processor.
 *
 *   JSON: {cpu, date} | newline | brotli(u32 length of the list | list, JSON: [{key, inputs, bytes}] | packed cases)
 *
 * A packed case is six columns, each a u32 length and its bytes, of varints unless said otherwise:
 *
 *   traps      exception's vector; error code; for page faults the address
 *   rips       RIP minus the end of the instruction, zigzag
 *   flags      RFLAGS xor those before
 *   masks      which registers changed: GPRs; XMM; of FCW, FSW, FTW, FOP, FIP, FDP, MXCSR; x87, by physical number
 *   values     the changed registers, raw
 *   memory     count of changed runs; for each: distance, length, the bytes
 */
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import * as L from "./layout.mjs";

/**
 * @typedef {DataView<ArrayBufferLike>} View
 * @typedef {{key: string, inputs: string, bytes: number}} CaseEntry
 * @typedef {{cpu: string, date: string}} About which processor, and when
 */

const COLUMNS = 6;
const [TRAPS, RIPS, FLAGS, MASKS, VALUES, MEMORY] = [0, 1, 2, 3, 4, 5];
/** Offset and size of each x87 and SSE control register, in the order of the mask. */
const CONTROLS = /** @type {const} */ ([
  [L.FCW_AT, 2],
  [L.FSW_AT, 2],
  [L.FTW_AT, 1],
  [L.FOP_AT, 2],
  [L.FIP_AT, 8],
  [L.FDP_AT, 8],
  [L.MXCSR_AT, 4],
]);
/** RF is the kernel's: faults save it set. */
const FLAGS_RECORDED = ~0x10000;

class Writer {
  /** @type {number[]} */
  bytes = [];

  /** @param {bigint | number} value unsigned */
  varint(value) {
    let rest = BigInt(value);
    while (rest >= 0x80n) {
      this.bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.bytes.push(Number(rest));
  }

  /** @param {View} view @param {number} at @param {number} n */
  raw(view, at, n) {
    for (let i = 0; i < n; i++) this.bytes.push(view.getUint8(at + i));
  }
}

class Reader {
  #bytes;
  #at = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.#bytes = bytes;
  }

  /** A number of at most 53 bits. */
  varint() {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = /** @type {number} */ (this.#bytes[this.#at++]);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  /** 64 bits. */
  bigVarint() {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = /** @type {number} */ (this.#bytes[this.#at++]);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  /** @param {View} view @param {number} at @param {number} n */
  raw(view, at, n) {
    for (let i = 0; i < n; i++) view.setUint8(at + i, /** @type {number} */ (this.#bytes[this.#at++]));
  }
}

/** @param {View} a @param {number} aAt @param {View} b @param {number} bAt @param {number} n */
function differs(a, aAt, b, bAt, n) {
  for (let i = 0; i < n; i++) if (a.getUint8(aAt + i) !== b.getUint8(bAt + i)) return true;
  return false;
}

/** Registers that a result changed, and their values. @param {View} input @param {View} output @param {Writer} masks @param {Writer} values @param {readonly (readonly [number, number])[]} fields */
function packRegisters(input, output, masks, values, fields) {
  let mask = 0;
  for (const [i, [at, size]] of fields.entries()) {
    if (!differs(input, at, output, at, size)) continue;
    mask |= 1 << i;
    values.raw(output, at, size);
  }
  masks.varint(mask >>> 0);
}

const GPRS = Array.from({ length: 16 }, (_, i) => /** @type {const} */ ([i * 8, 8]));
const XMMS = Array.from({ length: 16 }, (_, i) => /** @type {const} */ ([L.XMM_AT + i * 16, 16]));
const REGISTERS = [GPRS, XMMS, CONTROLS];
const ST_BYTES = 10;

/** Where physical x87 register `i` is: FXSAVE stores them as TOP counts. @param {View} record @param {number} i */
function physicalAt(record, i) {
  const top = (record.getUint16(L.FSW_AT, true) >> 11) & 7;
  return L.ST_AT + ((i - top) & 7) * 16;
}

/** The x87 registers, by physical numbers: a pop changes none. @param {View} input @param {View} output @param {Writer} masks @param {Writer} values */
function packX87(input, output, masks, values) {
  let mask = 0;
  for (let i = 0; i < 8; i++) {
    const at = physicalAt(output, i);
    if (!differs(input, physicalAt(input, i), output, at, ST_BYTES)) continue;
    mask |= 1 << i;
    values.raw(output, at, ST_BYTES);
  }
  masks.varint(mask);
}

/** Moves the x87 registers of a record, laid out by the TOP `was`, to where the record's TOP wants them. @param {View} record @param {number} was */
function turnX87(record, was) {
  const by = (was - ((record.getUint16(L.FSW_AT, true) >> 11) & 7)) & 7;
  if (by === 0) return;
  const registers = new Uint8Array(record.buffer, record.byteOffset + L.ST_AT, 128);
  const old = registers.slice();
  for (let i = 0; i < 8; i++) registers.set(old.subarray(i * 16, i * 16 + 16), ((i + by) & 7) * 16);
}

/**
 * Packs the results of one case.
 * @param {{input: View, output: View, length: number}[]} vectors length: of the instruction
 */
export function packCase(vectors) {
  const columns = Array.from({ length: COLUMNS }, () => new Writer());
  const [traps, rips, flags, masks, values, memory] = /** @type {Writer[]} */ (columns);
  if (!traps || !rips || !flags || !masks || !values || !memory) throw new Error("six columns");
  for (const { input, output, length } of vectors) {
    const trap = output.getUint32(L.TRAP_AT, true);
    traps.varint(trap);
    traps.varint(output.getUint32(L.ERROR_AT, true));
    if (trap === 14) traps.varint(output.getBigUint64(L.CR2_AT, true));
    const rip = output.getBigUint64(L.RIP_AT, true) - input.getBigUint64(L.RIP_AT, true) - BigInt(length);
    rips.varint(BigInt.asUintN(64, (rip << 1n) ^ (rip >> 63n)));
    flags.varint((output.getUint32(L.RFLAGS_AT, true) ^ input.getUint32(L.RFLAGS_AT, true)) & FLAGS_RECORDED);
    for (const fields of REGISTERS) packRegisters(input, output, masks, values, fields);
    packX87(input, output, masks, values);
    packMemory(input, output, memory);
  }
  return join(columns.map(({ bytes }) => Uint8Array.from(bytes)));
}

/** @param {View} input @param {View} output @param {Writer} writer */
function packMemory(input, output, writer) {
  const runs = [];
  for (let at = 0; at < L.WINDOW_BYTES; at++) {
    if (input.getUint8(L.MEMORY_AT + at) === output.getUint8(L.MEMORY_AT + at)) continue;
    const last = runs.at(-1);
    if (last !== undefined && at - last.end < 4) last.end = at + 1;
    else runs.push({ start: at, end: at + 1 });
  }
  writer.varint(runs.length);
  let from = 0;
  for (const { start, end } of runs) {
    writer.varint(start - from);
    writer.varint(end - start);
    writer.raw(output, L.MEMORY_AT + start, end - start);
    from = end;
  }
}

/** @param {Uint8Array[]} parts */
function join(parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length, true);
    out.set(part, at + 4);
    at += 4 + part.length;
  }
  return out;
}

/** @param {Uint8Array} bytes */
function columnsOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const columns = [];
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint32(at, true);
    columns.push(new Reader(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return columns;
}

/** Reads the results of a packed case, one vector after the other. */
export class CaseReader {
  #columns;

  /** @param {Uint8Array} bytes as packCase made them */
  constructor(bytes) {
    this.#columns = columnsOf(bytes);
    if (this.#columns.length !== COLUMNS) throw new Error("a packed case has six columns");
  }

  /** @param {number} i */
  #column(i) {
    return /** @type {Reader} */ (this.#columns[i]);
  }

  /**
   * Turns the next vector's input record into the result.
   * @param {View} record
   * @param {number} length of the instruction
   */
  next(record, length) {
    const traps = this.#column(TRAPS);
    const trap = traps.varint();
    record.setUint32(L.TRAP_AT, trap, true);
    record.setUint32(L.ERROR_AT, traps.varint(), true);
    record.setBigUint64(L.CR2_AT, trap === 14 ? traps.bigVarint() : 0n, true);
    record.setBigUint64(L.CR2_AT + 8, 0n, true);
    const zigzag = this.#column(RIPS).bigVarint();
    const rip = (zigzag >> 1n) ^ -(zigzag & 1n);
    record.setBigUint64(L.RIP_AT, BigInt.asUintN(64, record.getBigUint64(L.RIP_AT, true) + BigInt(length) + rip), true);
    record.setUint32(L.RFLAGS_AT, record.getUint32(L.RFLAGS_AT, true) ^ this.#column(FLAGS).varint(), true);
    const top = (record.getUint16(L.FSW_AT, true) >> 11) & 7;
    for (const fields of REGISTERS) {
      const mask = this.#column(MASKS).varint();
      for (const [i, [at, size]] of fields.entries())
        if (((mask >>> i) & 1) !== 0) this.#column(VALUES).raw(record, at, size);
    }
    turnX87(record, top);
    const mask = this.#column(MASKS).varint();
    for (let i = 0; i < 8; i++)
      if (((mask >>> i) & 1) !== 0) this.#column(VALUES).raw(record, physicalAt(record, i), ST_BYTES);
    const memory = this.#column(MEMORY);
    let at = L.MEMORY_AT;
    for (let runs = memory.varint(); runs > 0; runs--) {
      at += memory.varint();
      const size = memory.varint();
      memory.raw(record, at, size);
      at += size;
    }
  }
}

/**
 * The file of a group.
 * @param {About} about
 * @param {{key: string, inputs: string, packed: Uint8Array}[]} cases
 */
export function packFile(about, cases) {
  /** @type {CaseEntry[]} */
  const entries = cases.map(({ key, inputs, packed }) => ({ key, inputs, bytes: packed.length }));
  const text = Buffer.from(JSON.stringify(entries));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 22 };
  const body = brotliCompressSync(Buffer.concat([length, text, ...cases.map((c) => c.packed)]), { params });
  return Buffer.concat([Buffer.from(`${JSON.stringify(about)}\n`), body]);
}

/** @typedef {Map<string, {inputs: string, packed: Uint8Array}>} PackedCases */

/**
 * @param {Buffer} file
 * @returns {{about: About, cases: PackedCases}}
 */
export function unpackFile(file) {
  const line = file.indexOf(10);
  const all = brotliDecompressSync(file.subarray(line + 1));
  const length = all.readUInt32LE(0);
  /** @type {CaseEntry[]} */
  const entries = JSON.parse(all.subarray(4, 4 + length).toString());
  const cases = new Map();
  let at = 4 + length;
  for (const { key, inputs, bytes } of entries) {
    cases.set(key, { inputs, packed: new Uint8Array(all.buffer, all.byteOffset + at, bytes) });
    at += bytes;
  }
  return { about: JSON.parse(file.subarray(0, line).toString()), cases };
}
