// A second process on the same store, as the command line is: it makes invitations until it is told to stop, and holds
// the write lock in between. Its parent tells it the person, and learns how many it made.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openCapabilities, theWorld } from '../../src/capabilities.ts'
import { processEnvironment, readConfig } from '../../src/config.ts'

const HELD = 20
const AT_ONCE = 4

let stopping = false
process.on('message', (message) => {
  if (message === 'stop') stopping = true
})

const config = readConfig(processEnvironment())
const capabilities = await openCapabilities(config, theWorld(config))
const [integration] = await capabilities.integrations.list()
if (!integration) throw new Error('there is no integration')
const person = { tenantId: integration.tenantId, objectId: process.argv[2] ?? '' }
const database = new DatabaseSync(join(config.dataDir, 'countersign.sqlite'), { timeout: 5000 })

let made = 0
process.send?.('ready')
while (!stopping) {
  const invitations = Array.from({ length: AT_ONCE }, () =>
    capabilities.devices.invite(integration.id, person, 'command-line'),
  )
  made += (await Promise.all(invitations)).length
  database.exec('BEGIN IMMEDIATE')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HELD)
  database.exec('COMMIT')
}
database.close()
await capabilities.stores.close()
process.send?.(made)
process.disconnect()
