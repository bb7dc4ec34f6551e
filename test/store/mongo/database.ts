import { createConnection } from 'mongoose'

/** Leaves nothing in a database but its collections and indexes, which take long to make. */
export async function emptied(uri: string): Promise<void> {
  const connection = await createConnection(uri).asPromise()
  const collections = (await connection.db?.collections()) ?? []
  await Promise.all(collections.map((collection) => collection.deleteMany({})))
  await connection.close()
}
