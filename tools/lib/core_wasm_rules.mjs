/**
 * What a compiled core may not contain: mutable globals beyond the known ones, an allocator, imports beyond the host's,
 * and static data beyond the function references that asc lays down (each a constant object that holds a table index).
 */
import binaryen from "assemblyscript/binaryen";

const CURRENT_CPU = "core/sync/this_cpu/current";

/** Asyncify (the lab build) keeps its state and its stack's address in two globals, which it leaves without names. */
const ASYNCIFY_GLOBALS = 2;

/** Where asc puts its library, runtime and allocators. */
const ALLOCATORS =
  /^~lib\/(rt|array|arraybuffer|map|set|string|staticarray|typedarray|util\/string)|^__(new|alloc|pin|collect)/;

/**
 * A function used as a value: asc lays down one such object each, 16-byte aligned after its first word.
 *
 *   0 block size | 4 gc | 8 gc | 12 class id | 16 payload size | 20 table index | 24 environment | 28 padding
 */
const FUNCTION_OBJECT = { stride: 32, blockSize: 0x1c, payloadSize: 8 };

/**
 * @param {Uint8Array} wasm with its name section
 * @param {{imports: Set<string>}} allowed functions of `env`
 * @returns {string[]} violations
 */
export function checkCoreWasm(wasm, { imports }) {
  const module = binaryen.readBinary(wasm);
  try {
    return [...checkGlobals(module), ...checkFunctions(module, imports), ...checkData(module)];
  } finally {
    module.dispose();
  }
}

/** @param {any} module */
function checkGlobals(module) {
  const names = [];
  for (let i = 0; i < module.getNumGlobals(); i++) {
    const { name, mutable } = binaryen.getGlobalInfo(module.getGlobalByIndex(i));
    if (mutable && name !== CURRENT_CPU) names.push(name);
  }
  const isAsyncified = Boolean(module.getExport("asyncify_get_state"));
  const isAsyncifyOnly =
    isAsyncified && names.length === ASYNCIFY_GLOBALS && names.every((name) => name.startsWith("global$"));
  return isAsyncifyOnly ? [] : names.map((name) => `mutable global ${name}`);
}

/**
 * @param {any} module
 * @param {Set<string>} imports
 */
function checkFunctions(module, imports) {
  const found = [];
  for (let i = 0; i < module.getNumFunctions(); i++) {
    const info = binaryen.getFunctionInfo(module.getFunctionByIndex(i));
    if (info.module !== "" && (info.module !== "env" || !imports.has(String(info.base)))) {
      found.push(`imports ${info.module}.${info.base}, which is not in core/layout/host.ts`);
    }
    if (ALLOCATORS.test(info.name)) found.push(`contains the allocating library function ${info.name}`);
  }
  return found;
}

/** @param {any} module */
function checkData(module) {
  const segments = [];
  for (let i = 0; i < module.getNumDataSegments(); i++) {
    const { offset, data } = module.getDataSegmentInfo(module.getDataSegmentByIndex(i));
    segments.push({ offset, data: new Uint8Array(data) });
  }
  if (segments.length === 0) return [];
  // The optimiser splits segments at runs of zeros: judge the memory they make.
  const start = segments.reduce((least, { offset }) => Math.min(least, offset), Number.POSITIVE_INFINITY);
  const end = segments.reduce((most, { offset, data }) => Math.max(most, offset + data.length), 0);
  const image = new DataView(new ArrayBuffer(end - start + FUNCTION_OBJECT.stride));
  for (const { offset, data } of segments) new Uint8Array(image.buffer).set(data, offset - start);
  for (let at = 0; at < end - start; at += FUNCTION_OBJECT.stride) {
    if (!isFunctionObject(image, at))
      return [`static data at address ${start + at}: strings, arrays and tables live in no core`];
  }
  return [];
}

/**
 * @param {DataView} image
 * @param {number} at
 */
function isFunctionObject(image, at) {
  const isHeader = image.getUint32(at, true) === FUNCTION_OBJECT.blockSize;
  return (
    isHeader && image.getUint32(at + 16, true) === FUNCTION_OBJECT.payloadSize && image.getUint32(at + 24, true) === 0
  );
}
