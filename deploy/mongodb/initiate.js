// Makes three MongoDB servers one replica set, with its administrator and the user whom Countersign comes as. It runs beside
// the first member (it must share its loopback: as long as there is no user, MongoDB lets only that make one), and does
// nothing where all that is done. Plain JavaScript with the driver that the image has: compose.yaml mounts it into /app.
//
//   MEMBERS=mongo1:27017,mongo2:27017,mongo3:27017 MONGODB_ADMIN_PASSWORD=… MONGODB_PASSWORD=… node initiate.js
import { setTimeout as sleep } from 'node:timers/promises'
import mongoose from 'mongoose'

const { MongoClient } = mongoose.mongo
const { FIRST = '127.0.0.1:27017', MEMBERS = '', REPLICA_SET = 'countersign' } = process.env
const { MONGODB_ADMIN_PASSWORD: adminPassword, MONGODB_PASSWORD: password } = process.env
const hosts = MEMBERS.split(',').filter((host) => host !== '')
if (hosts.length === 0 || !adminPassword || !password) {
  process.stderr.write('MEMBERS, MONGODB_ADMIN_PASSWORD and MONGODB_PASSWORD must be given.\n')
  process.exit(2)
}

/** Countersign's database, and its user, who is kept in it. */
const DATABASE = 'countersign'
const USER = 'countersign'
const ADMINISTRATOR = 'administrator'
/** Codes of MongoDB: https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml */
const UNAUTHORIZED = 13
const AUTHENTICATION_FAILED = 18
const ALREADY_INITIALIZED = 23
const USER_EXISTS = 51003
/** The other members may not listen yet, or this one may not be the primary yet. */
const NOT_YET = [74, 91, 93, 103, 189, 10107, 13435, 13436]
const PATIENCE = 120_000
const STEP = 500

const address = `mongodb://${FIRST}/?directConnection=true&serverSelectionTimeoutMS=2000`

/** Does something with a connection, as a user or as nobody. */
async function connected(options, act) {
  const client = new MongoClient(address, options)
  try {
    return await act(client)
  } finally {
    await client.close()
  }
}

const asAdministrator = (act) =>
  connected({ auth: { username: ADMINISTRATOR, password: adminPassword }, authSource: 'admin' }, act)

/** Does it again until it succeeds, or until two minutes have passed. */
async function until(what, act) {
  for (let waited = 0; ; waited += STEP) {
    try {
      return await act()
    } catch (error) {
      const isEarly = error.name === 'MongoServerSelectionError' || NOT_YET.includes(error.code)
      if (!isEarly || waited > PATIENCE) throw new Error(`${what}: ${error.message}`, { cause: error })
      await sleep(STEP)
    }
  }
}

/** Runs a command. What these codes of MongoDB say is no failure. */
async function command(client, database, words, ...harmless) {
  try {
    await client.db(database).command(words)
  } catch (error) {
    if (!harmless.includes(error.code)) throw error
  }
}

/** Whether the user is there, with this password. */
async function hasUser() {
  try {
    const options = { auth: { username: USER, password }, authSource: DATABASE }
    await connected(options, (client) => client.db(DATABASE).command({ ping: 1 }))
    return true
  } catch (error) {
    if (error.code === AUTHENTICATION_FAILED) return false
    throw error
  }
}

async function make() {
  const members = hosts.map((host, _id) => ({ _id, host, priority: _id === 0 ? 2 : 1 }))
  const config = { _id: REPLICA_SET, members }
  await connected({}, async (client) => {
    // Where there are users already, nobody may do either: whoever made them did both.
    await until('the replica set was not made', () =>
      command(client, 'admin', { replSetInitiate: config }, ALREADY_INITIALIZED, UNAUTHORIZED),
    )
    const administrator = { createUser: ADMINISTRATOR, pwd: adminPassword, roles: [{ role: 'root', db: 'admin' }] }
    await until('the administrator was not made', () =>
      command(client, 'admin', administrator, USER_EXISTS, UNAUTHORIZED),
    )
  })
  // Its roles are in its own database, which the first user's may not be.
  const user = { createUser: USER, pwd: password, roles: [{ role: 'readWrite', db: DATABASE }] }
  await until(`the user ${USER} was not made`, () => asAdministrator((client) => client.db(DATABASE).command(user)))
}

try {
  if (await until('MongoDB does not answer', hasUser)) {
    process.stdout.write('The replica set and its users are there.\n')
  } else {
    await make()
    process.stdout.write(`The replica set ${REPLICA_SET} is made, with the users ${ADMINISTRATOR} and ${USER}.\n`)
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
