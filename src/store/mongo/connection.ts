// How we speak to MongoDB.
import { type Connection, type ConnectOptions, createConnection } from 'mongoose'
import { StartRefused } from '../../base/start-refused.ts'

/**
 * A primary that is gone is looked for this long. The driver's 30 s would hold up a change stream through every election:
 * before it resumes, it waits for the dead member that long.
 */
const LOOK_FOR_PRIMARY = 3000

const OPTIONS: ConnectOptions = {
  appName: 'countersign',
  serverSelectionTimeoutMS: LOOK_FOR_PRIMARY,
  connectTimeoutMS: 3000,
  // A member that takes a request and never answers: longer than the slowest honest answer.
  socketTimeoutMS: 20_000,
  heartbeatFrequencyMS: 2000,
  // What is not there is not there: without it, a member that is undefined would come back as null.
  ignoreUndefined: true,
  // What was read may not be rolled back by an election.
  readConcernLevel: 'majority',
  w: 'majority',
  journal: true,
  readPreference: 'primary',
  retryWrites: true,
  autoIndex: false,
  autoCreate: false,
  bufferCommands: false,
}

/** Connects. Throws StartRefused, without what the address holds of secrets. */
export async function connect(uri: string): Promise<Connection> {
  const connection = createConnection()
  try {
    await connection.openUri(uri, OPTIONS)
    const { setName } = (await connection.db?.admin().command({ hello: 1 })) ?? {}
    if (!setName) {
      throw new StartRefused(
        'The MongoDB of COUNTERSIGN_MONGODB_URI is no replica set. Countersign needs one, for its transactions: one member is enough to begin with.',
      )
    }
    return connection
  } catch (error) {
    await connection.close().catch(() => undefined)
    if (error instanceof StartRefused) throw error
    throw new StartRefused(`MongoDB (COUNTERSIGN_MONGODB_URI) cannot be reached: ${plain(error)}`)
  }
}

/** The driver's messages may quote the address; user and password are left out. */
const plain = (error: unknown): string => (error as Error).message.replace(/\/\/[^@/\s]*@/g, '//')
