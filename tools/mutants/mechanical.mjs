/**
 * The mechanical mutants, found in core's sources rather than listed: every flush left out, every compare-and-exchange
 * made a plain store, every reference, sequence step, request and re-check dropped, every lock weakened, every grace
 * period skipped, adjacent steps of a protocol swapped. What belongs to debug builds, statistics or traces is left
 * alone. A mutant's id is `file:function:kind:ordinal`, so that edits elsewhere do not move it.
 */
import ts from "typescript";
import {
  BRACKETS,
  BRACKETS_ONLY,
  CHECKS,
  DEATH,
  DROPPED_CALLS,
  EFFECTS,
  EXCHANGES,
  LOCK_CALLS,
  MUTATED_FILES,
  STEPS,
  STORES,
  UNMUTATED_FILES,
  UPDATES,
} from "./rules.mjs";

/**
 * @typedef {import("./schemata.mjs").Edit} Edit
 * @typedef {import("./schemata.mjs").Mutation} Mutation
 * @typedef {{kind: string, description: string, edits: Edit[], needs?: string[]}} Found
 * @typedef {(node: ts.Node, fn: ts.FunctionDeclaration) => Iterable<Found>} Rule
 */

/** @param {string} file */
export function isMutated(file) {
  return MUTATED_FILES.test(file) && !UNMUTATED_FILES.test(file);
}

/**
 * @param {string} file root-relative
 * @param {string} text
 * @returns {Mutation[]}
 */
export function mechanicalMutants(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const rules = BRACKETS_ONLY.test(file) ? [bracketDrops] : RULES;
  /** @type {Mutation[]} */
  const mutants = [];
  for (const fn of source.statements) {
    if (!ts.isFunctionDeclaration(fn) || fn.name === undefined || fn.body === undefined || isDebugOnly(fn)) continue;
    const place = `${file.replace(/^core\/|\.ts$/g, "")}:${fn.name.text}`;
    /** @type {Map<string, number>} */
    const ordinals = new Map();
    for (const { kind, description, edits, needs = [] } of findIn(fn, rules)) {
      const ordinal = (ordinals.get(kind) ?? 0) + 1;
      ordinals.set(kind, ordinal);
      mutants.push({
        id: `${place}:${kind}:${ordinal}`,
        kind,
        description,
        edits: { [file]: edits },
        needs: { [file]: needs },
      });
    }
  }
  return mutants;
}

/** @param {ts.FunctionDeclaration} fn */
function isDebugOnly(fn) {
  const comment = fn.getFullText().slice(0, fn.getLeadingTriviaWidth());
  return /\/\*\* (Debug|Lab):/.test(comment) || /^(assert|trace)|Abandon$|^isVcpuLost$/.test(fn.name?.text ?? "");
}

/**
 * @param {ts.FunctionDeclaration} fn
 * @param {Rule[]} rules
 * @returns {Found[]} in the order of the text
 */
function findIn(fn, rules) {
  /** @type {Found[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isIfStatement(node) && /\b(DEBUG|LAB|traceOn)\b/.test(node.expression.getText())) return;
    for (const rule of rules) found.push(...rule(node, fn));
    ts.forEachChild(node, visit);
  };
  visit(/** @type {ts.Block} */ (fn.body));
  return found;
}

// --- what a rule looks at ---

/** @param {ts.Node} node @returns {string} the called function's name, "" if it is no plain call */
function calledName(node) {
  return ts.isCallExpression(node) && ts.isIdentifier(node.expression) ? node.expression.text : "";
}

/** @param {ts.Node} node @returns {ts.CallExpression | null} the call that is the whole statement */
function statementCall(node) {
  return ts.isExpressionStatement(node) && ts.isCallExpression(node.expression) ? node.expression : null;
}

/** @param {ts.Node} node @param {ReadonlySet<string>} names */
function contains(node, names) {
  let isThere = names.has(calledName(node));
  ts.forEachChild(node, (child) => {
    isThere ||= contains(child, names);
  });
  return isThere;
}

/** @param {ts.Node} node one line of it, for a description */
function words(node) {
  return node.getText().replace(/\s+/g, " ").replace(/;$/, "");
}

/** @param {ts.Node} node @param {string} text @param {Edit["form"]} form @returns {Edit} */
function edit(node, text, form) {
  return { start: node.getStart(), end: node.getEnd(), text, form };
}

/** @param {string} kind @param {ts.Node} statement @returns {Found} */
function dropped(kind, statement) {
  return { kind, description: `\`${words(statement)}\` is left out`, edits: [edit(statement, "", "statement")] };
}

// --- the rules ---

/** @type {Rule} */
function* callDrops(node) {
  const call = statementCall(node);
  if (call === null) return;
  const name = calledName(call);
  for (const [kind, names] of Object.entries(DROPPED_CALLS)) if (names.has(name)) yield dropped(kind, node);
}

/** @type {Rule} */
function* bracketDrops(node) {
  const call = statementCall(node);
  if (call !== null && BRACKETS.has(calledName(call))) yield dropped("bracket", node);
}

/** A store to a shared word is left out: a request, a sequence step, a publication. @type {Rule} */
function* storeDrops(node) {
  const call = statementCall(node);
  if (call === null || !STORES.has(calledName(call))) return;
  yield dropped(kindOfStore(words(call)), node);
}

/** @param {string} text */
function kindOfStore(text) {
  if (/\brequests|REQ_/.test(text)) return "request";
  if (/invalidate(Seq|InProgress)|generation|mnActiveCount|flush(Req|Ack)|epoch|polls/i.test(text)) return "sequence";
  return "store";
}

/** A flush that is owed is forgotten. @type {Rule} */
function* debtDrops(node) {
  if (ts.isReturnStatement(node) && node.expression && /^flush\w*$/.test(node.expression.getText())) {
    yield {
      kind: "flush",
      description: `\`${words(node)}\` returns that none is owed`,
      edits: [edit(node.expression, "0", "expression")],
    };
  }
  if (!ts.isExpressionStatement(node) || !ts.isBinaryExpression(node.expression)) return;
  const { left, operatorToken, right } = node.expression;
  if (!/^flush\w*$/.test(left.getText()) || !/^\|?=$/.test(operatorToken.getText()) || right.getText() === "0") return;
  const remains = contains(right, new Set([calledName(right)])) ? `${right.getText()};` : "";
  yield {
    kind: "flush",
    description: `\`${words(node)}\` forgets the flush`,
    edits: [edit(node, remains, "statement")],
  };
}

/** A compare-and-exchange becomes a load and a store, or a store that always wins. @type {Rule} */
function* exchanges(node) {
  const name = calledName(node);
  if (!EXCHANGES.has(name)) return;
  const call = /** @type {ts.CallExpression} */ (node);
  const args = call.arguments.map((argument) => argument.getText()).join(", ");
  yield {
    kind: "cas-torn",
    description: `\`${words(node)}\` is a load, and later a store`,
    edits: [edit(node, `torn_${name}(${args})`, "expression")],
  };
  yield {
    kind: "cas-blind",
    description: `\`${words(node)}\` is a store that always wins`,
    edits: [edit(node, `blind_${name}(${args})`, "expression")],
  };
}

/** An atomic update becomes a load and a store. @type {Rule} */
function* tornUpdates(node) {
  const name = calledName(node);
  if (!UPDATES.has(name)) return;
  const args = /** @type {ts.CallExpression} */ (node).arguments.map((argument) => argument.getText()).join(", ");
  const description = `\`${words(node)}\` is a load, and later a store`;
  if (ts.isExpressionStatement(node.parent))
    yield { kind: "torn", description, edits: [edit(node.parent, `torn_${name}(${args});`, "statement")] };
  else yield { kind: "torn", description, edits: [edit(node, `torn_${name}(${args})`, "expression")] };
}

/** A reference is not taken, though the code believes it is. @type {Rule} */
function* referenceGets(node) {
  if (calledName(node) === "rootTryGet") {
    const description = `\`${words(node)}\` takes no reference`;
    yield { kind: "reference", description, edits: [edit(node, "true", "expression")] };
  }
  if (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    /\.rootCount$/.test(node.left.getText()) &&
    Number(node.right.getText()) > 1
  ) {
    const description = `\`${words(node)}\` counts one less`;
    yield {
      kind: "reference",
      description,
      edits: [edit(node.right, String(Number(node.right.getText()) - 1), "expression")],
    };
  }
}

/** An entry under change is not FROZEN. @type {Rule} */
function* unfrozen(node) {
  if (!ts.isIdentifier(node) || node.text !== "SPTE_FROZEN" || !ts.isCallExpression(node.parent)) return;
  const description = `\`${words(node.parent)}\`: the entry is empty, not FROZEN`;
  const needs = ["mmu/spte#SPTE_NONPRESENT"];
  yield { kind: "freeze", description, edits: [edit(node, "SPTE_NONPRESENT", "expression")], needs };
}

/** A value read again is not. @type {Rule} */
function* rereads(node) {
  if (!ts.isExpressionStatement(node) || !ts.isBinaryExpression(node.expression)) return;
  const { operatorToken, right } = node.expression;
  if (operatorToken.kind !== ts.SyntaxKind.EqualsToken || !/^aload(32|64)$/.test(calledName(right))) return;
  yield dropped("reread", node);
}

/** One part of a condition that guards a protocol is taken for granted. @type {Rule} */
function* checks(node) {
  const condition = conditionOf(node);
  if (condition === null) return;
  for (const { atom, neutral } of atoms(condition, neutralOf(node))) {
    const text = atom.getText();
    if (/\b(DEBUG|LAB)\b|=== null|!== null/.test(text) || DEATH.test(text)) continue;
    const value = trustingValue(atom, neutral);
    if (value === null) continue;
    const mutated = contains(atom, EFFECTS) ? (value ? `((${text}) || true)` : `((${text}) && false)`) : `${value}`;
    const description = `\`${words(atom)}\` is taken for ${value}`;
    yield { kind: "check", description, edits: [edit(atom, mutated, "expression")] };
  }
}

/** @param {ts.Expression} atom @param {boolean} neutral @returns {boolean | null} null: it is no check of a protocol */
function trustingValue(atom, neutral) {
  const isNegated = ts.isPrefixUnaryExpression(atom);
  const known = CHECKS.get(calledName(isNegated ? atom.operand : atom));
  if (known !== undefined && known !== null) return known !== isNegated;
  if (!contains(atom, NAMES_OF_CHECKS)) return null;
  const operator = ts.isBinaryExpression(atom) ? atom.operatorToken.getText() : "";
  if (operator === "!=" && contains(atom, WORDS)) return false;
  if (operator === "==" && contains(atom, WORDS)) return true;
  return neutral;
}

const NAMES_OF_CHECKS = new Set(CHECKS.keys());
/** A word compared with what it should be: nobody interferes, so it is equal, and flags are clear. */
const WORDS = new Set([...CHECKS.keys()].filter((name) => /^(a(load|cas|add|xchg)\d+|memslotsGeneration)$/.test(name)));

/** @param {ts.Node} node @returns {ts.Expression | null} */
function conditionOf(node) {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node)) return node.expression;
  if (ts.isConditionalExpression(node)) return node.condition;
  if (!ts.isReturnStatement(node) || node.expression === undefined) return null;
  const fn = ts.findAncestor(node, ts.isFunctionDeclaration);
  return fn?.type?.getText() === "bool" ? node.expression : null;
}

/** What dropping the whole condition means: an early exit is not taken, anything else is done unasked. @param {ts.Node} node */
function neutralOf(node) {
  if (!ts.isIfStatement(node)) return ts.isWhileStatement(node) || ts.isDoStatement(node) ? null : false;
  const then = ts.isBlock(node.thenStatement) ? node.thenStatement.statements.at(-1) : node.thenStatement;
  const leaves =
    then !== undefined && (ts.isReturnStatement(then) || ts.isContinueStatement(then) || ts.isBreakStatement(then));
  return !leaves;
}

/**
 * The operands of a condition, with the value that makes each of no account. `whole`: that of the condition itself.
 * @param {ts.Expression} condition
 * @param {boolean | null} whole null: a loop must not lose its whole condition
 * @returns {Generator<{atom: ts.Expression, neutral: boolean}>}
 */
function* atoms(condition, whole) {
  const inner = ts.isParenthesizedExpression(condition) ? condition.expression : condition;
  const operator = ts.isBinaryExpression(inner) ? inner.operatorToken.kind : undefined;
  if (operator === ts.SyntaxKind.BarBarToken || operator === ts.SyntaxKind.AmpersandAmpersandToken) {
    const { left, right } = /** @type {ts.BinaryExpression} */ (inner);
    const neutral = operator === ts.SyntaxKind.AmpersandAmpersandToken;
    yield* atoms(left, neutral);
    yield* atoms(right, neutral);
  } else if (whole !== null) {
    yield { atom: inner, neutral: whole };
  }
}

/** Both ends of a section are left out, or the lock is taken in a weaker mode. @type {Rule} */
function* sections(node, fn) {
  const call = statementCall(node);
  if (call === null) return;
  const name = calledName(call);
  const close = { writeLock: "writeUnlock", readLock: "readUnlock", spinLock: "spinUnlock", epochEnter: "epochExit" }[
    name
  ];
  if (close === undefined) return;
  const of = call.arguments[0]?.getText() ?? "";
  const ends = callsOf(fn, close, of).filter((end) => end.pos > node.pos);
  // The first of the section's kind: later ones belong to the same pair in another branch, or take the lock again.
  if (ends.length === 0 || callsOf(fn, name, of)[0] !== node) return;
  const both = [node, ...ends];
  const kind = name === "epochEnter" ? "epoch" : "lock";
  const description = `\`${words(node)}\` ... \`${words(/** @type {ts.Node} */ (ends[0]))}\` are left out`;
  yield { kind, description, edits: both.map((one) => edit(one, "", "statement")) };
  if (name !== "writeLock") return;
  const texts = both.map((one) => (one === node ? `lockAsReader(${of});` : `unlockAsReader(${of});`));
  yield {
    kind: "lock",
    description: `\`${words(node)}\` takes the lock for read`,
    edits: both.map((one, i) => edit(one, texts[i] ?? "", "statement")),
  };
}

/**
 * @param {ts.FunctionDeclaration} fn
 * @param {string} name
 * @param {string} argument the first one's text
 * @returns {ts.Node[]} statements that are such a call, in order
 */
function callsOf(fn, name, argument) {
  /** @type {ts.Node[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    const call = statementCall(node);
    if (call !== null && calledName(call) === name && (call.arguments[0]?.getText() ?? "") === argument)
      found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(fn);
  return found;
}

/** What should wait for a grace period is freed at once. @type {Rule} */
function* earlyFrees(node) {
  const call = statementCall(node);
  if (call === null || calledName(call) !== "epochDefer") return;
  const args = call.arguments.map((argument) => argument.getText()).join(", ");
  yield {
    kind: "epoch",
    description: `\`${words(node)}\` frees at once`,
    edits: [edit(node, `freeAtOnce(${args});`, "statement")],
  };
}

/** Adjacent steps of a protocol, swapped. @type {Rule} */
function* swaps(node) {
  if (!ts.isBlock(node)) return;
  for (const run of runsOfSteps(node.statements)) {
    for (let i = 0; i + 1 < run.length; i++) {
      const [a, b] = /** @type {[ts.Statement, ts.Statement]} */ ([run[i], run[i + 1]]);
      if (isLocking(a) && isLocking(b)) continue;
      const swapped = [...run.slice(0, i), b, a, ...run.slice(i + 2)].map((one) => one.getText()).join(" ");
      const whole = {
        start: /** @type {ts.Statement} */ (run[0]).getStart(),
        end: /** @type {ts.Statement} */ (run.at(-1)).getEnd(),
      };
      const description = `\`${words(b)}\` comes before \`${words(a)}\``;
      yield { kind: "order", description, edits: [{ ...whole, text: swapped, form: "statement" }] };
    }
  }
}

/** @param {readonly ts.Statement[]} statements */
function runsOfSteps(statements) {
  /** @type {ts.Statement[][]} */
  const runs = [[]];
  for (const statement of statements) {
    const call = statementCall(statement);
    if (call !== null && (STEPS.has(calledName(call)) || LOCK_CALLS.has(calledName(call))))
      runs.at(-1)?.push(statement);
    else runs.push([]);
  }
  return runs.filter((run) => run.length > 1);
}

/** @param {ts.Statement} statement */
function isLocking(statement) {
  return LOCK_CALLS.has(calledName(/** @type {ts.CallExpression} */ (statementCall(statement))));
}

const RULES = [
  callDrops,
  storeDrops,
  debtDrops,
  exchanges,
  tornUpdates,
  referenceGets,
  unfrozen,
  rereads,
  checks,
  sections,
  earlyFrees,
  swaps,
];
