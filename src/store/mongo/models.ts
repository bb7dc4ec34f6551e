import type { Connection, Model } from 'mongoose'
import type { Collection, Rows } from './rows.ts'
import { collections, schemaOf } from './schemas.ts'

export type Models = { readonly [C in Collection]: Model<Rows[C]> }

export const modelsOn = (connection: Connection): Models =>
  Object.fromEntries(collections.map((name) => [name, connection.model(name, schemaOf(name))])) as unknown as Models

/** The model of whichever collection, where what is in it does not matter. */
export const anyModel = (models: Models, collection: Collection): Model<{ _id: unknown }> =>
  models[collection] as unknown as Model<{ _id: unknown }>
