/**
 * Which build this is. Three builds come from one source: release; debug (assertions, lock order and owner
 * checks, poison on free, the kill hook); lab (debug, and every protocol access reports to a scheduler).
 * The constants are set on asc's command line (tools/build) and fold away where they are false.
 */

// @ts-ignore: decorator
@inline
// @ts-ignore: a name that asc is given on its command line
export const DEBUG: bool = isDefined(TADPOLE_DEBUG) ? true : false;
// @ts-ignore: decorator
@inline
// @ts-ignore: a name that asc is given on its command line
export const LAB: bool = isDefined(TADPOLE_LAB) ? true : false;
