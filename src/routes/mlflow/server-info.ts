import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from '@sinclair/typebox';
import { responses } from './wire.js';

const ServerInfo = Type.Object({
  store_type: Type.String(), workspaces_enabled: Type.Boolean(), trace_archival_enabled: Type.Boolean(), multipart_uploads_enabled: Type.Boolean(), multipart_downloads_enabled: Type.Boolean(),
  presigned_upload_run_id_supported: Type.Boolean(), presigned_upload_model_id_supported: Type.Boolean(), features_enabled: Type.Object({ gateway: Type.Boolean() }),
});

/** What the server can do, as clients ask it before they choose their calls. */
export const serverInfoRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/server-info', {
    schema: { operationId: 'getServerInfo', tags: ['Server'], summary: 'What this server supports', response: responses(ServerInfo) },
    handler: async () => ({
      store_type: 'SqlStore', workspaces_enabled: false, trace_archival_enabled: false, multipart_uploads_enabled: false, multipart_downloads_enabled: false,
      presigned_upload_run_id_supported: false, presigned_upload_model_id_supported: false, features_enabled: { gateway: false },
    }),
  });
};
