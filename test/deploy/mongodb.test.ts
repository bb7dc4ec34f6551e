// What compose.yaml does at its first start, with MongoDB servers of this machine: three with a key file become one set, with a
// user whom Countersign comes as.
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createConnection } from 'mongoose'
import { mongod } from '../store/mongo/where-mongo-is.ts'
import { startCluster } from '../support/cluster.ts'
import { freePort } from '../support/free-port.ts'
import { whereInstalled } from '../support/installed.ts'
import { enrol } from '../support/stories.ts'

const script = fileURLToPath(new URL('../../deploy/mongodb/initiate.js', import.meta.url))

whereInstalled('the replica set of compose.yaml', [mongod], (path) => {
  // A replica set that was given is made already.
  const whereOurs = path.startsWith('mongodb') ? test.skip : test
  const folder = mkdtempSync(join(tmpdir(), 'countersign-set-'))
  const password = randomBytes(16).toString('hex')
  const adminPassword = randomBytes(16).toString('hex')
  const ends: (() => Promise<unknown>)[] = []
  let ports: number[] = []
  const hosts = (): string => ports.map((port) => `127.0.0.1:${port}`).join(',')
  const uri = (who: string): string => `mongodb://${who}${hosts()}/countersign?replicaSet=countersign`

  beforeAll(async () => {
    if (path.startsWith('mongodb')) return
    const keyFile = join(folder, 'key')
    writeFileSync(keyFile, randomBytes(500).toString('base64'), { mode: 0o400 })
    ports = await Promise.all([freePort(), freePort(), freePort()])
    for (const port of ports) {
      const data = join(folder, String(port))
      mkdirSync(data)
      const words = ['--replSet', 'countersign', '--keyFile', keyFile, '--bind_ip', '127.0.0.1']
      const own = ['--port', String(port), '--dbpath', data, '--unixSocketPrefix', data]
      const member = spawn(path, [...words, ...own, '--wiredTigerCacheSizeGB', '0.25'], { stdio: 'ignore' })
      const ended = once(member, 'close')
      ends.push(() => {
        member.kill('SIGKILL')
        return ended
      })
    }
  })
  afterAll(async () => {
    await Promise.all(ends.map((end) => end()))
    rmSync(folder, { recursive: true, force: true })
  })

  /** Runs it as the service `initiate` does. */
  const initiate = (more: Record<string, string> = {}): Promise<{ code: number; said: string }> =>
    new Promise((resolve) => {
      const passwords = { MONGODB_ADMIN_PASSWORD: adminPassword, MONGODB_PASSWORD: password }
      const env = { FIRST: `127.0.0.1:${ports[0]}`, MEMBERS: hosts(), ...passwords, ...more }
      execFile(process.execPath, [script], { env }, (error, output, errors) =>
        resolve({ code: Number(error?.code ?? 0), said: output + errors }),
      )
    })

  whereOurs('is made once, with its users; a second start finds them', async () => {
    expect(await initiate()).toEqual({
      code: 0,
      said: 'The replica set countersign is made, with the users administrator and countersign.\n',
    })
    expect(await initiate()).toEqual({ code: 0, said: 'The replica set and its users are there.\n' })
  })

  whereOurs('is not taken over with other passwords', async () => {
    const taken = await initiate({ MONGODB_PASSWORD: 'another' })
    expect(taken.code).toBe(1)
    expect(taken.said).toContain('the user countersign was not made: User "countersign@countersign" already exists')
    const stranger = await initiate({ MONGODB_PASSWORD: 'another', MONGODB_ADMIN_PASSWORD: 'another' })
    expect(stranger).toEqual({ code: 1, said: 'the user countersign was not made: Authentication failed.\n' })
  })

  whereOurs('lets in nobody without a password', async () => {
    const connection = await createConnection(uri('')).asPromise()
    await expect(connection.db?.collection('devices').findOne({})).rejects.toThrow(
      /not authorized|requires authentication/,
    )
    await connection.close()
  })

  whereOurs('gives its user what Countersign needs: a node starts, and a sign-in completes', async () => {
    const cluster = await startCluster(uri(`countersign:${password}@`), [{}])
    try {
      await enrol(cluster)
    } finally {
      await cluster.close()
    }
  })
})
