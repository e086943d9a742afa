import { Type } from '@sinclair/typebox';
import type { FastifyReply } from 'fastify';
import type { JsonText, MetricPoint, ViewType } from '../../plugins/tracking-store/contract.js';
import { Double, DoubleOut, Id, Int64, KeyValue, Out, toDouble, toInt } from './wire.js';

/** The shapes of experiments, runs and metrics on the wire. */
export const ExperimentId = Id('The id of an experiment.');
export const RunId = Type.String({ description: 'The id of a run, of 32 hexadecimal digits.' });
export const TagList = Type.Array(Type.Object({ key: Type.String(), value: Type.String({ default: '' }) }));
export const View = Type.Unsafe<ViewType>({ type: 'string', enum: ['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'] });

export const MetricIn = Type.Object({
  key: Type.String(),
  value: Double({ description: 'A number, or "NaN", "Infinity", "-Infinity".' }),
  timestamp: Int64({ description: 'Milliseconds since 1970.' }),
  step: Type.Optional(Int64()),
  model_id: Type.Optional(Type.String()),
  dataset_name: Type.Optional(Type.String()),
  dataset_digest: Type.Optional(Type.String()),
});

export const MetricOut = Out('Metric', { key: Type.String(), value: DoubleOut, timestamp: Type.Integer(), step: Type.Integer() });

export const RunInfoOut = Out('RunInfo', {
  run_uuid: Type.String(), experiment_id: Type.String(), run_name: Type.String(), user_id: Type.String(), status: Type.String(), start_time: Type.Optional(Type.Integer()),
  end_time: Type.Optional(Type.Integer()), artifact_uri: Type.String(), lifecycle_stage: Type.String(), run_id: Type.String(),
});

const DatasetOut = Type.Object({ name: Type.String(), digest: Type.String(), source_type: Type.String(), source: Type.String(), schema: Type.Optional(Type.String()), profile: Type.Optional(Type.String()) });

export const RunOut = Out('Run', {
  info: RunInfoOut,
  data: Type.Object({ metrics: Type.Optional(Type.Array(MetricOut)), params: Type.Optional(Type.Array(KeyValue)), tags: Type.Optional(Type.Array(KeyValue)) }),
  inputs: Type.Object({
    dataset_inputs: Type.Optional(Type.Array(Type.Object({ tags: Type.Optional(Type.Array(KeyValue)), dataset: DatasetOut }))),
    model_inputs: Type.Optional(Type.Array(Type.Object({ model_id: Type.String() }))),
  }),
  outputs: Type.Optional(Type.Object({ model_outputs: Type.Optional(Type.Array(Type.Object({ model_id: Type.String(), step: Type.Integer() }))) })),
});

type WireMetric = { key: string; value: number | string; timestamp: number | string; step?: number | string; model_id?: string; dataset_name?: string; dataset_digest?: string };

/** A metric of a request with its numbers as numbers. */
export function toMetric(metric: WireMetric): MetricPoint {
  const { key, value, timestamp, step = 0, model_id, dataset_name, dataset_digest } = metric;
  return { key, value: toDouble(value, 'value'), timestamp: toInt(timestamp)!, step: toInt(step)!, model_id, dataset_name, dataset_digest };
}

/** Answers with a text that is JSON already. */
export const sendJson = (reply: FastifyReply, text: JsonText): FastifyReply => reply.type('application/json; charset=utf-8').send(text);

/** The run that a request names, by its current or its old field. */
export const runIdOf = (body: { run_id?: string; run_uuid?: string }): string => body.run_id ?? body.run_uuid ?? '';

export const RunIdFields = { run_id: Type.Optional(RunId), run_uuid: Type.Optional(Type.String({ description: 'The old name of run_id.' })) };
