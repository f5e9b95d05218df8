/**
 * What core's sources may not contain. Every worker instantiates core over one memory: globals are per instance, data
 * segments are written again by each instance, and the allocator's state is a global; so state of any of these kinds
 * would silently differ between CPUs or be reset. The rules are syntactic; core_wasm_rules.mjs judges what came out.
 */
import ts from "typescript";

/** The current CPU: per instance on purpose. */
const MUTABLE_GLOBALS = new Map([["core/sync/this_cpu.ts", new Set(["current"])]]);

/** Built-ins whose string arguments are gone after compilation. */
const COMPILE_TIME_CALLS = new Set(["ERROR", "WARNING", "INFO", "offsetof", "isDefined"]);

/** Types and calls of AssemblyScript's library that allocate or hold references to managed objects. */
const MANAGED_NAMES = new Set([
  ..."Array StaticArray ArrayBuffer DataView Map Set String Date Error Int8Array Uint8Array Int16Array Uint16Array".split(
    " ",
  ),
  ..."Int32Array Uint32Array Int64Array Uint64Array Float32Array Float64Array Uint8ClampedArray".split(" "),
  ..."__new __alloc __realloc __free __pin __unpin __renew heap string".split(" "),
]);

/**
 * @param {string} file root-relative
 * @param {string} text
 * @returns {string[]} violations, each `file:line: what and why`
 */
export function checkCoreSource(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  /** @type {string[]} */
  const found = [];

  /**
   * @param {ts.Node} node
   * @param {string} what
   */
  function report(node, what) {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    found.push(`${file}:${line + 1}: ${what}`);
  }

  for (const statement of source.statements) checkTopLevel(statement, file, report);
  /** @param {ts.Node} node */
  const visit = (node) => {
    checkNode(node, file, report);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** @typedef {(node: ts.Node, what: string) => void} Report */

/**
 * @param {ts.Statement} statement
 * @param {string} file
 * @param {Report} report
 */
function checkTopLevel(statement, file, report) {
  if (!ts.isVariableStatement(statement)) return;
  if (statement.declarationList.flags & ts.NodeFlags.Const) return;
  for (const { name } of statement.declarationList.declarations) {
    if (!ts.isIdentifier(name) || !MUTABLE_GLOBALS.get(file)?.has(name.text)) {
      report(
        statement,
        `mutable global ${name.getText()}: each instance would have its own; put it into a struct of core/layout`,
      );
    }
  }
}

/**
 * @param {ts.Node} node
 * @param {string} file
 * @param {Report} report
 */
function checkNode(node, file, report) {
  if (ts.isNewExpression(node)) report(node, "`new` allocates; the allocator's state is per instance (use core/mm)");
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) {
    report(node, "function expression: closures do not compile, a callback costs several times a loop");
  }
  if (ts.isFunctionDeclaration(node) && node.parent.kind !== ts.SyntaxKind.SourceFile) report(node, "nested function");
  if (ts.isArrayLiteralExpression(node) && !isConstantTable(node))
    report(node, "array literal: managed memory in a data segment (a constant table is memory.data<T>([...]))");
  if (ts.isObjectLiteralExpression(node)) report(node, "object literal: managed memory");
  if (isRuntimeString(node)) report(node, "string: managed memory; core has numbers only");
  if (ts.isThrowStatement(node) || ts.isTryStatement(node)) report(node, "core never throws: return a code, or bug()");
  if (ts.isClassDeclaration(node)) checkClass(node, report);
  if (ts.isIdentifier(node) && MANAGED_NAMES.has(node.text) && !isMemberName(node))
    report(node, `${node.text} is managed memory`);
  if (
    isAtomicBuiltin(node) &&
    !file.startsWith("core/sync/") &&
    !file.startsWith("core/trace/") &&
    !isExplained(node)
  ) {
    report(node, "use core/sync/atomics: the lab build must see every protocol access (else say `// raw atomic: why`)");
  }
}

/**
 * @param {ts.ClassDeclaration} node
 * @param {Report} report
 */
function checkClass(node, report) {
  const isUnmanaged = ts.getDecorators(node)?.some((decorator) => decorator.expression.getText() === "unmanaged");
  if (!isUnmanaged) report(node, `class ${node.name?.text}: only @unmanaged classes, laid over linear memory`);
  for (const member of node.members) {
    const isStatic =
      ts.canHaveModifiers(member) && ts.getModifiers(member)?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword);
    if (isStatic && ts.isPropertyDeclaration(member)) report(member, "static field: a global, one per instance");
  }
}

/**
 * The argument of memory.data: bytes of the data segment, which each instance writes alike.
 * @param {ts.Node} node
 */
function isConstantTable({ parent }) {
  return ts.isCallExpression(parent) && parent.expression.getText() === "memory.data";
}

/** @param {ts.Node} node */
function isRuntimeString(node) {
  if (ts.isTemplateExpression(node) || ts.isNoSubstitutionTemplateLiteral(node)) return true;
  if (!ts.isStringLiteral(node)) return false;
  const { parent } = node;
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) return false;
  if (!ts.isCallExpression(parent)) return true;
  return !COMPILE_TIME_CALLS.has(parent.expression.getText()) && !ts.isDecorator(parent.parent);
}

/** @param {ts.Identifier} node */
function isMemberName({ parent, ...node }) {
  return ts.isPropertyAccessExpression(parent) && parent.name.pos === node.pos && parent.name.end === node.end;
}

/**
 * Whether the node's line, or the one above, says why a bare atomic is right there: it belongs to no protocol.
 * @param {ts.Node} node
 */
function isExplained(node) {
  const source = node.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
  return source.text
    .split("\n")
    .slice(Math.max(line - 1, 0), line + 1)
    .some((text) => /\/\/.*raw atomic: \S/.test(text));
}

/**
 * A wasm atomic that reads or writes; atomic.notify does neither.
 * @param {ts.Node} node
 */
function isAtomicBuiltin(node) {
  return ts.isPropertyAccessExpression(node) && node.expression.getText() === "atomic" && node.name.text !== "notify";
}
