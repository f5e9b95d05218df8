/** The oracles that tests and the lab compare core with. Nothing that ships imports this. */
export { bit, bits, field } from "./bits.js";
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
