/** The oracles that tests and the lab compare core with. Nothing that ships imports this. */
export { bit, bits, field } from "./bits.js";
export {
  DOUBLE,
  EXTENDED,
  type Exact,
  type FloatFormat,
  type FloatOperation,
  floatCompute,
  floatDecode,
  floatRound,
  floatToInteger,
  type Rounding,
  SINGLE,
} from "./float.js";
export {
  type GuestAccess,
  type GuestControls,
  type GuestPagingMode,
  type GuestTables,
  modelGuestWalk,
  modelPdpteIsLegal,
} from "./guest_paging.js";
export {
  type Exit,
  type Format,
  type ModelAccess,
  type ModelMemory,
  type ModelProcessor,
  modelFormat,
  modelWalk,
  type Translation,
} from "./second_dimension.js";
