/**
 * Writes src/abi/generated.ts: where the compiler put every field of core/layout's structs, and the value of every
 * exported constant there. The compiler is asked, nothing is parsed or computed here, so the two sides cannot differ.
 *
 * Mechanism: a virtual entry re-exports every layout file; a transform reads the fields of the compiled program's
 * classes, and the constants are read from an instance of the module. Constants up to 32 bits become numbers, 64-bit
 * ones bigints.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CORE_FLAGS, compile } from "../lib/asc.mjs";
import { listFiles, ROOT } from "../lib/files.mjs";

const ENTRY = "core/abi_entry.ts";

/**
 * @typedef {{name: string, type: string, offset: number}} Field
 * @typedef {{file: string, name: string, size: number, fields: Field[]}} Struct
 * @typedef {{file: string, name: string, value: string}} Constant
 */

/** @returns {Promise<string>} the text of src/abi/generated.ts */
export async function generateAbi() {
  // build.ts says which build this is: not layout, and asc crashes when an entry re-exports its inlined booleans.
  const files = listFiles("core/layout", (path) => path.endsWith(".ts") && path !== "core/layout/build.ts");
  return render(await readLayout(files, {}));
}

/** @returns {Promise<string[]>} whether the committed file is what the layout makes */
export async function checkAbi() {
  const committed = readFileSync(join(ROOT, "src/abi/generated.ts"), "utf8");
  return committed === (await generateAbi())
    ? []
    : ["src/abi/generated.ts is out of date: node tools/build.mjs abi, and commit"];
}

/**
 * @param {string[]} files layout files, root-relative
 * @param {Record<string, string>} virtual those of them that are not on disk
 */
export async function readLayout(files, virtual) {
  const entry = files
    .map((file) => `export * from "./${file.replace(/^core\//, "").replace(/\.ts$/, "")}";`)
    .join("\n");
  /** The compiler's own enums: its types call them const, so only the values are there. @type {any} */
  const compiler = await import("assemblyscript");
  const { CommonFlags, DecoratorFlags, ElementKind, TypeKind } = compiler;
  /** @type {Struct[]} */
  const structs = [];
  /** @type {{file: string, name: string, type: string}[]} */
  const constants = [];
  const typeNames = new Map([
    [TypeKind.Bool, "u8"],
    [TypeKind.I8, "i8"],
    [TypeKind.U8, "u8"],
    [TypeKind.I16, "i16"],
    [TypeKind.U16, "u16"],
    [TypeKind.I32, "i32"],
    [TypeKind.U32, "u32"],
    [TypeKind.Isize, "i32"],
    [TypeKind.Usize, "u32"],
    [TypeKind.I64, "i64"],
    [TypeKind.U64, "u64"],
    [TypeKind.F32, "f32"],
    [TypeKind.F64, "f64"],
  ]);

  /**
   * @param {any} element a class of the program
   * @param {string} file
   */
  function addStruct(element, file) {
    const fields = [];
    for (const member of element.members?.values() ?? []) {
      if (member.kind !== ElementKind.PropertyPrototype || !member.isField) continue;
      const property = member.instance;
      const type = typeNames.get(property.type.kind);
      if (type === undefined)
        throw new Error(`${element.name}.${member.name}: no such type in the ABI: ${property.type}`);
      fields.push({ name: member.name, type, offset: property.memoryOffset });
    }
    structs.push({ file, name: element.name, size: element.nextMemoryOffset, fields });
  }

  /**
   * @param {any} global
   * @param {string} file
   */
  function addConstant(global, file) {
    if (!global.is(CommonFlags.Const)) throw new Error(`${file}: ${global.name} is mutable`);
    const type = typeNames.get(global.type.kind);
    if (type === undefined) throw new Error(`${file}: ${global.name} has no type of the ABI: ${global.type}`);
    constants.push({ file, name: global.name, type });
  }

  class ReadLayout {
    afterCompile() {
      const { program } = /** @type {any} */ (this); // asc puts it into the prototype
      for (const file of files) {
        const source = program.filesByName.get(file.replace(/\.ts$/, ""));
        if (!source) throw new Error(`${file} was not compiled`);
        for (const element of source.exports?.values() ?? []) {
          if (element.kind === ElementKind.Global) addConstant(element, file);
          if (element.kind === ElementKind.ClassPrototype && element.decoratorFlags & DecoratorFlags.Unmanaged) {
            const resolved = program.resolver.resolveClass(element, null);
            if (!resolved) throw new Error(`${file}: ${element.name} does not resolve`);
            addStruct(resolved, file);
          }
        }
      }
    }
  }
  const written = await compile({
    entries: [ENTRY],
    virtual: { ...virtual, [ENTRY]: entry },
    flags: [...CORE_FLAGS, "-O0", "--disableWarning", "235", "--outFile", "abi.wasm"],
    transforms: [ReadLayout],
  });
  const exports = await instantiate(/** @type {Uint8Array<ArrayBuffer>} */ (written["abi.wasm"]));
  const values = constants.map(({ file, name, type }) => ({ file, name, value: literal(exports[name].value, type) }));
  return { structs, constants: values };
}

/**
 * The constants are immutable globals of the module; nothing in it is called.
 * @param {Uint8Array<ArrayBuffer>} wasm
 * @returns {Promise<any>}
 */
async function instantiate(wasm) {
  const module = await WebAssembly.compile(wasm);
  const memory = new WebAssembly.Memory({ initial: 32, maximum: 32, shared: true });
  /** @type {Record<string, any>} */
  const env = { memory };
  for (const { kind, name } of WebAssembly.Module.imports(module)) if (kind === "function") env[name] = () => 0;
  return (await WebAssembly.instantiate(module, { env })).exports;
}

/**
 * @param {number | bigint} value as wasm hands it out: signed
 * @param {string} type
 */
function literal(value, type) {
  if (typeof value === "number") return String(type.startsWith("u") ? value >>> 0 : value);
  if (type === "i64") return `${value}n`;
  const bits = BigInt.asUintN(64, value);
  return bits < 10n ? `${bits}n` : `0x${bits.toString(16)}n`;
}

/** @param {{structs: Struct[], constants: Constant[]}} layout */
function render({ structs, constants }) {
  const lines = [
    "/**",
    " * Generated from core/layout by tools/abi/generate.mjs (node tools/build.mjs abi). Do not edit: change core/layout.",
    " * Offsets are the compiler's; 64-bit constants are bigints.",
    " */",
    "",
  ];
  for (const { file, name, size, fields } of structs) {
    lines.push(`/** ${name} of ${file}: ${size} bytes. */`, `export const ${name} = {`);
    for (const field of fields) lines.push(`  ${field.name}: { offset: ${field.offset}, type: "${field.type}" },`);
    lines.push("} as const;", `export const ${constantCase(name)}_SIZE = ${size};`, "");
  }
  let current = "";
  for (const { file, name, value } of constants) {
    if (file !== current) lines.push(...(current === "" ? [] : [""]), `// ${file}`);
    current = file;
    lines.push(`export const ${name} = ${value};`);
  }
  return `${lines.join("\n")}\n`;
}

/** @param {string} pascal e.g. VmCpu gives VM_CPU */
function constantCase(pascal) {
  return pascal.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toUpperCase();
}
