/** What buildApp needs to know; read once from flags and environment by `server.ts`, or given by a test. */
export interface AppOptions {
  /** `sqlite:///relative.db`, `sqlite:////absolute.db`, `sqlite://` or `sqlite:///:memory:`. */
  backendStoreUri: string;
  /** Where new experiments put their artifacts; undefined means proxied, `mlflow-artifacts:`. */
  defaultArtifactRoot?: string;
  /** The folder behind `mlflow-artifacts:/`. */
  artifactsDestination: string;
  serveArtifacts: boolean;
  logger?: boolean | object;
}
