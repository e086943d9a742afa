import { InvalidParameterValue, UnservableModel } from '../../errors.js';
import { type NumberRule, checkNumberRule, checkValue, isOrdinary, storeValue } from './cell.js';
import { type Cells, type Frame, singleColumn } from './frame.js';
import { type ColumnSpec, describeColumns } from './signature.js';
import { type GraphTensor, type TensorArray, type TensorData, allocate, showDims } from './tensor.js';
import { TENSOR_TYPES } from './value-types.js';

/** How the columns of a table reach the inputs of a model's graph; made once when the model is loaded. */
export interface ColumnPlan {
  columns: readonly ColumnSpec[];
  named: boolean;
  /** One input that takes all columns as a matrix, or one input for each column. */
  inputs: readonly GraphTensor[];
  rule: NumberRule;
}

export interface Feeds {
  rows: number;
  tensors: Readonly<Record<string, TensorData>>;
}

/** Fits columns to a graph. Throws UnservableModel where no request could ever be answered. */
export function planColumns(columns: readonly ColumnSpec[], named: boolean, inputs: readonly GraphTensor[], rule: NumberRule): ColumnPlan {
  const [only] = inputs;
  if (inputs.length === 1 && only) {
    checkMatrix(only, columns.length);
    columns.forEach((column) => checkKinds(column, only));
    return { columns, named, inputs, rule };
  }
  const ordered = columns.map((column) => inputOf(column, inputs));
  const unfed = inputs.find((input) => !ordered.includes(input));
  if (unfed) throw new UnservableModel(`The model's graph has the input '${unfed.name}', but its signature has no column of that name.`);
  return { columns, named, inputs: ordered, rule };
}

/** Reads a table into the graph's tensors, checking every value. Throws InvalidParameterValue naming row and column. */
export function decodeColumns(plan: ColumnPlan, given: Frame): Feeds {
  const only = plan.columns.length === 1 ? plan.columns[0]?.name : undefined;
  const frame = only === undefined ? given : singleColumn(only, given);
  const cells = selectColumns(plan, frame);
  return { rows: frame.rows, tensors: plan.inputs.length === 1 ? decodeMatrix(plan, cells, frame.rows) : decodeSeparate(plan, cells, frame.rows) };
}

function decodeMatrix(plan: ColumnPlan, cells: readonly (Cells | undefined)[], rows: number): Record<string, TensorData> {
  const { name, type, dims } = plan.inputs[0]!;
  const stride = plan.columns.length;
  const data = allocate(type, rows * stride);
  plan.columns.forEach((column, offset) => decodeColumn({ column, cells: cells[offset], rows, rule: plan.rule }, { type, data, offset, stride }));
  return { [name]: { type, data, dims: dims?.length === 1 ? [rows] : [rows, stride] } };
}

function decodeSeparate(plan: ColumnPlan, cells: readonly (Cells | undefined)[], rows: number): Record<string, TensorData> {
  const tensors = plan.columns.map((column, index): [string, TensorData] => {
    const { name, type, dims } = plan.inputs[index]!;
    const data = allocate(type, rows);
    decodeColumn({ column, cells: cells[index], rows, rule: plan.rule }, { type, data, offset: 0, stride: 1 });
    return [name, { type, data, dims: dims?.length === 2 ? [rows, 1] : [rows] }];
  });
  return Object.fromEntries(tensors);
}

interface Source {
  column: ColumnSpec;
  cells: Cells | undefined;
  rows: number;
  rule: NumberRule;
}

interface Target {
  type: GraphTensor['type'];
  data: TensorArray;
  offset: number;
  stride: number;
}

function decodeColumn(source: Source, target: Target): void {
  const { column, cells = absent, rows } = source;
  const isFloat = target.type === 'float32' || target.type === 'float64';
  if (!isFloat || column.type.kind !== 'float') return decodeCells(source, target);
  const data = target.data as Float64Array;
  for (let row = 0, index = target.offset; row < rows; row++, index += target.stride) {
    const value = cells(row);
    if (typeof value === 'number') data[index] = value;
    else data[index] = checkValue(value, column.type, () => placeOf(row, column)) as number;
    if (!isOrdinary(data[index]!)) checkNumberRule(data[index]!, source.rule, () => placeOf(row, column));
  }
}

function decodeCells({ column, cells = absent, rows, rule }: Source, target: Target): void {
  const missing = target.type.startsWith('float') && column.type.kind !== 'string' && !column.required;
  for (let row = 0, index = target.offset; row < rows; row++, index += target.stride) {
    const place = () => placeOf(row, column);
    const value = cells(row) ?? null;
    const plain = value === null && missing ? NaN : checkValue(value, column.type, place);
    if (typeof plain === 'number' && !isOrdinary(plain)) checkNumberRule(plain, rule, place);
    storeValue(plain, target.type, target.data, index, place);
  }
}

const absent: Cells = () => null;

/** Rows count from 1. */
const placeOf = (row: number, { name }: ColumnSpec): string => (name === undefined ? `row ${row + 1}` : `row ${row + 1}, column '${name}'`);

function selectColumns({ columns, named }: ColumnPlan, frame: Frame): (Cells | undefined)[] {
  if (!named) {
    const keys = frame.names?.() ?? Array.from({ length: frame.width }, (_, position) => position);
    if (frame.rows > 0 && keys.length < columns.length) throw new InvalidParameterValue(`Model inference is missing inputs. The model signature declares ${columns.length} inputs but the provided value only has ${keys.length} inputs. Note: the inputs were not named in the signature so we can only verify their count.`);
    return columns.map(({ type }, position) => frame.column(keys[position] ?? position, type));
  }
  const cells = columns.map(({ name, type }) => frame.column(name!, type));
  if (frame.rows > 0 && columns.some(({ required }, index) => required && !cells[index])) throw missingInputs(columns, cells, frame);
  return cells;
}

function missingInputs(columns: readonly ColumnSpec[], cells: readonly unknown[], frame: Frame): Error {
  const missing = columns.filter(({ required }, index) => required && !cells[index]).map(({ name }) => `'${name}'`);
  const known = new Set(columns.map(({ name }) => name));
  const given = frame.names?.() ?? Array.from({ length: frame.width }, (_, position) => String(position));
  const extra = given.filter((name) => !known.has(name)).slice(0, 50).map((name) => (frame.names ? `'${name}'` : name));
  const note = extra.length > 0 ? ` Note that there were extra inputs: [${extra.join(', ')}].` : '';
  return new InvalidParameterValue(`Model is missing inputs [${missing.slice(0, 50).join(', ')}].${note} The model expects the columns ${describeColumns(columns)}.`);
}

function checkMatrix({ name, dims }: GraphTensor, columns: number): void {
  if (!dims) return;
  const fits = dims.length === 1 ? columns === 1 : dims.length === 2 && (dims[1] === -1 || dims[1] === columns);
  if (!fits) throw new UnservableModel(`The model's input '${name}' has the shape ${showDims(dims)}, which its signature of ${columns} column${columns === 1 ? '' : 's'} cannot fill; log the model with a tensor signature.`);
}

function inputOf(column: ColumnSpec, inputs: readonly GraphTensor[]): GraphTensor {
  const input = inputs.find(({ name }) => name === column.name);
  if (!input) throw new UnservableModel(`The signature has the column '${column.name}', but the model's graph has the inputs ${inputs.map(({ name }) => `'${name}'`).join(', ')}.`);
  const { dims } = input;
  if (dims && !(dims.length === 1 || (dims.length === 2 && (dims[1] === 1 || dims[1] === -1)))) throw new UnservableModel(`The model's input '${input.name}' has the shape ${showDims(dims)}, which one column cannot fill; log the model with a tensor signature.`);
  checkKinds(column, input);
  return input;
}

function checkKinds({ name, type }: ColumnSpec, input: GraphTensor): void {
  const label = name === undefined ? 'a column' : `the column '${name}'`;
  if (type.kind === 'binary' || type.kind === 'datetime') throw new UnservableModel(`The model's signature cannot be served: ${label} has the type ${type.name}, which no served model takes; log the model on numbers or strings.`);
  if ((type.kind === 'string') !== (TENSOR_TYPES[input.type]!.kind === 'string')) throw new UnservableModel(`The signature says that ${label} is of type ${type.name}, but the model's input '${input.name}' takes ${input.type}.`);
}
