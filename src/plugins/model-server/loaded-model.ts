import type { InputReader } from './input-reader.js';
import type { ParamSpec } from './params.js';
import type { TensorData } from './tensor.js';

export type Tensors = Readonly<Record<string, TensorData>>;

/** One row's answer of the predict route. */
export type RowPrediction =
  | { label: string | number | boolean; probabilities?: Record<string, number> }
  | { value: number }
  | { outputs: Record<string, unknown> };

/** A model that answers. */
export interface LoadedModel {
  flavor: 'sklearn' | 'onnx';
  /** The class of the estimator, where the flavor has one. */
  estimator?: string;
  task?: 'classifier' | 'regressor';
  /** The library that saved the model, and its version. */
  library: { name: string; version?: string };
  /** What counts against the cache's bound. */
  bytes: number;
  /** The parameters that the signature declares. */
  params?: readonly ParamSpec[];
  readInput: InputReader;
  /** The form of MLflow's scoring protocol. `framed` tells that MLflow would have used a pandas DataFrame. */
  invoke(feeds: Tensors, framed: boolean): Promise<unknown>;
  /** One answer a row. */
  predict(feeds: Tensors): Promise<RowPrediction[]>;
  close(): Promise<void>;
}
