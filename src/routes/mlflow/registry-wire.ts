import { Type } from '@sinclair/typebox';
import type { SearchInput } from '../../plugins/tracking-store/registry-contract.js';
import { Int64, KeyValue, Out, Strings, toInt, toList } from './wire.js';

/** The shapes that registered models and their versions share on the wire. */
export const Name = Type.String({ description: 'The name of a registered model.' });
export const Version = Type.Unsafe<string | number>({ type: ['string', 'integer'], description: "The version's number." });
export const Description = Type.Optional(Type.String());

/** A tag to write; without a value its value is empty. */
export const Tag = Type.Object({ key: Type.String(), value: Type.String({ default: '' }) }, { title: 'Tag' });
export const TagKey = Type.String({ description: "The tag's key, of at most 250 characters." });
export const TagValue = Type.String({ default: '', description: "The tag's value, of at most 100000 characters." });
export const Alias = Type.String({ description: 'Letters, digits, _ and -, at most 255; `latest` and `v12` are reserved.' });

export const ModelVersionOut = Out('ModelVersion', {
  name: Type.String(),
  version: Type.String(),
  creation_timestamp: Type.Integer(),
  last_updated_timestamp: Type.Integer(),
  user_id: Type.Optional(Type.String()),
  current_stage: Type.String(),
  description: Type.Optional(Type.String()),
  source: Type.Optional(Type.String()),
  run_id: Type.Optional(Type.String()),
  run_link: Type.Optional(Type.String()),
  model_id: Type.Optional(Type.String()),
  status: Type.String(),
  status_message: Type.Optional(Type.String()),
  tags: Type.Optional(Type.Array(KeyValue)),
  aliases: Type.Optional(Type.Array(Type.String())),
});

export const RegisteredModelOut = Out('RegisteredModel', {
  name: Type.String(),
  creation_timestamp: Type.Integer(),
  last_updated_timestamp: Type.Integer(),
  description: Type.Optional(Type.String()),
  latest_versions: Type.Optional(Type.Array(ModelVersionOut)),
  tags: Type.Optional(Type.Array(KeyValue)),
  aliases: Type.Optional(Type.Array(Type.Object({ alias: Type.String(), version: Type.String() }))),
});

export const ModelAnswer = Type.Object({ registered_model: RegisteredModelOut });
export const VersionAnswer = Type.Object({ model_version: ModelVersionOut });

/** Lists are left out when empty, as protobuf's JSON form does. */
export const unlessEmpty = <T>(items: T[]): T[] | undefined => (items.length > 0 ? items : undefined);

/** The query string of a search. */
export const searchQuery = (texts: { filter: string; orderBy: string; pageSize: number; limit: number }, example: object) =>
  Type.Object(
    {
      filter: Type.Optional(Type.String({ description: `${texts.filter} Prompts are left out unless asked for.` })),
      max_results: Type.Optional(Int64({ default: texts.pageSize, description: `At most ${texts.limit}.` })),
      order_by: Type.Optional(Strings(texts.orderBy)),
      page_token: Type.Optional(Type.String({ description: 'The next_page_token of the page before.' })),
    },
    { examples: [example] },
  );

/** A search's query string as the registry takes it. */
export function toSearchInput(query: { filter?: string; max_results?: unknown; order_by?: unknown; page_token?: string }): SearchInput {
  return { filter: query.filter, page_token: query.page_token, max_results: toInt(query.max_results as string | undefined), order_by: toList(query.order_by as string | undefined) };
}
