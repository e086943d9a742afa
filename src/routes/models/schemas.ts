import { Type } from '@sinclair/typebox';

const IRIS = ['sepal length (cm)', 'sepal width (cm)', 'petal length (cm)', 'petal width (cm)'];
const FLOWERS = [
  [5.1, 3.5, 1.4, 0.2],
  [6.7, 3.0, 5.2, 2.3],
];
const FLOWER_RECORDS = FLOWERS.map((row) => Object.fromEntries(IRIS.map((name, index) => [name, row[index]!])));

export const AliasParams = Type.Object({
  name: Type.String({ description: "The registered model's name.", examples: ['iris_model'] }),
  alias: Type.String({ description: 'An alias of a version, or `latest`.', examples: ['champion'] }),
});

export const VersionParams = Type.Object({
  name: Type.String({ description: "The registered model's name.", examples: ['iris_model'] }),
  version: Type.String({ description: "The version's number.", examples: ['1'] }),
});

/** What the router itself reads where a path holds `name@alias`. */
export const ReferenceParams = Type.Object({ reference: Type.String() });

export const InvocationsBody = Type.Unsafe<unknown>(
  Type.Object(
    {
      dataframe_split: Type.Optional(Type.Object({ columns: Type.Optional(Type.Array(Type.String())), index: Type.Optional(Type.Array(Type.Unknown())), data: Type.Array(Type.Array(Type.Unknown())) })),
      dataframe_records: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()))),
      instances: Type.Optional(Type.Unknown({ description: 'A list of rows, or of objects with one value for each input.' })),
      inputs: Type.Optional(Type.Unknown({ description: 'A list of rows, or an object with a list for each input.' })),
      params: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: "Values for the parameters of the model's signature." })),
    },
    { description: 'Exactly one of `dataframe_split`, `dataframe_records`, `instances` and `inputs`; or a body of `text/csv` with a header line. Messages count rows from 1.', examples: [{ dataframe_split: { columns: IRIS, data: FLOWERS } }] },
  ),
);

export const InvocationsAnswer = Type.Object(
  { predictions: Type.Unknown({ description: 'What mlflow.pyfunc answers: a list with one entry for each row, or the named tensors of an ONNX model.' }) },
  { title: 'Predictions', examples: [{ predictions: [0, 2] }] },
);

export const PredictBody = Type.Unsafe<unknown>(
  Type.Unknown({
    description: 'A list of records named as in the signature, or one record.',
    anyOf: [{ type: 'array', items: { type: 'object', additionalProperties: true } }, { type: 'object', additionalProperties: true }],
    examples: [FLOWER_RECORDS],
  }),
);

const Nullable = (description?: string) => Type.Union([Type.String(), Type.Null()], { description });

const ServedVersion = Type.Object(
  { name: Type.String(), version: Type.String(), alias: Nullable('The alias that the request used.'), run_id: Nullable('The run that logged the model.') },
  { title: 'ServedVersion' },
);

const Label = Type.Union([Type.String(), Type.Number(), Type.Boolean()], { description: 'The class, in the type that the model was trained with.' });

const RowPrediction = Type.Union([
  Type.Object({ label: Label, probabilities: Type.Optional(Type.Record(Type.String(), Type.Number())) }, { title: 'ClassifierPrediction' }),
  Type.Object({ value: Type.Union([Type.Number(), Type.Null()]) }, { title: 'RegressorPrediction' }),
  Type.Object({ outputs: Type.Record(Type.String(), Type.Unknown()) }, { title: 'OutputsPrediction' }),
]);

export const PredictAnswer = Type.Object(
  { model: ServedVersion, predictions: Type.Array(RowPrediction) },
  {
    title: 'NamedPredictions',
    examples: [{ model: { name: 'iris_model', version: '1', alias: 'champion', run_id: '4f0e2f5c8f5d4b6f9d6d2c1b0a998877' }, predictions: [{ label: 0, probabilities: { 0: 0.98, 1: 0.02, 2: 0 } }] }],
  },
);

const InputDescription = Type.Object({
  name: Type.Optional(Type.String()),
  type: Type.String(),
  required: Type.Optional(Type.Boolean()),
  shape: Type.Optional(Type.Array(Type.Integer(), { description: 'Of a tensor; -1 stands for any size.' })),
});

const NullableList = <T extends Parameters<typeof Type.Array>[0]>(items: T) => Type.Union([Type.Array(items), Type.Null()]);

export const DescriptionAnswer = Type.Object(
  {
    ...ServedVersion.properties,
    aliases: Type.Array(Type.String()),
    model_id: Nullable(),
    description: Nullable(),
    state: Type.Union([Type.Literal('ready'), Type.Literal('loading'), Type.Literal('unservable')]),
    reason: Nullable('Why the model cannot be served.'),
    flavor: Nullable('The flavor that answers.'),
    estimator: Nullable("The estimator's class."),
    task: Nullable('`classifier` or `regressor`, where it is known.'),
    library: Type.Union([Type.Object({ name: Type.String(), version: Nullable() }), Type.Null()]),
    flavors: Type.Array(Type.String(), { description: 'All flavors that the model was logged with.' }),
    signature: Type.Union([
      Type.Object({
        inputs: NullableList(InputDescription),
        outputs: NullableList(InputDescription),
        params: NullableList(Type.Object({ name: Type.String(), type: Type.String(), default: Type.Unknown(), list: Type.Boolean() })),
      }),
      Type.Null(),
    ]),
    input_example: Type.Unknown({ description: 'The example that was logged with the model.' }),
    mlflow_version: Nullable(),
    logged_at: Nullable(),
  },
  { title: 'ModelDescription' },
);
