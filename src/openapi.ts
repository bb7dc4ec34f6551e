import { describeAdminApi } from './admin/api/openapi.ts'
import { describeDeviceApi } from './device-api/openapi.ts'

/** /openapi.json: what phones and machines may ask of this Countersign, as one OpenAPI 3.1 document. */
export function openapi(publicUrl: string, version: string): object {
  const parts = [describeDeviceApi(), describeAdminApi()]
  return {
    openapi: '3.1.0',
    info: { title: 'Countersign', version },
    servers: [{ url: publicUrl }],
    tags: parts.flatMap(({ tags }) => tags),
    paths: Object.assign({}, ...parts.map(({ paths }) => paths)),
    components: {
      securitySchemes: Object.assign({}, ...parts.map(({ components }) => components.securitySchemes)),
      schemas: Object.assign({}, ...parts.map(({ components }) => components.schemas)),
    },
  }
}
