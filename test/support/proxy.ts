// The proxies that an operator would put in front, run from the very files of deploy/proxy with this test's names in them.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Certificate } from '../push-services/certificate.ts'

/** What listens where, and whom it leads to. `plain` is a port without TLS beside the file's own, for loopback. */
export type ProxyPorts = { plain: number; tls: number; redirecting: number; nodes: readonly [number, number] }

export type ProxyKind = 'nginx' | 'haproxy'
type Pair = Pick<Certificate, 'certificate' | 'key'>
export type FrontProxy = { log(): string; close(): Promise<void> }

const DEPLOYED: Record<ProxyKind, string> = { nginx: 'nginx.conf', haproxy: 'haproxy.cfg' }

/** The deployed file, with what an operator replaces replaced. Throws where the file has no such line. */
export function proxyFile(kind: ProxyKind, replacements: readonly [string, string][]): string {
  const text = readFileSync(new URL(`../../deploy/proxy/${DEPLOYED[kind]}`, import.meta.url), 'utf8')
  return replacements.reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`deploy/proxy/${DEPLOYED[kind]} does not say: ${from}`)
    return changed.replace(from, to)
  }, text)
}

const preparations: Record<ProxyKind, (folder: string, ports: ProxyPorts, pair: Pair) => string[]> = {
  nginx(folder, { plain, tls, redirecting, nodes }, { certificate, key }) {
    writeFileSync(join(folder, 'certificate.pem'), certificate)
    writeFileSync(join(folder, 'key.pem'), key)
    const servers = proxyFile('nginx', [
      ['10.0.0.11:8080', `127.0.0.1:${nodes[0]}`],
      ['10.0.0.12:8080', `127.0.0.1:${nodes[1]}`],
      ['listen 80;', `listen 127.0.0.1:${redirecting};`],
      ['listen 443 ssl http2;', `listen 127.0.0.1:${tls} ssl http2; listen 127.0.0.1:${plain};`],
      ['/etc/ssl/mfa.example.com.pem', join(folder, 'certificate.pem')],
      ['/etc/ssl/mfa.example.com.key', join(folder, 'key.pem')],
    ])
    const ownFolders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${join(folder, name)};`,
    )
    const file = join(folder, 'nginx.conf')
    const main = ['daemon off;', 'worker_processes 1;', `pid ${join(folder, 'pid')};`, 'error_log stderr;']
    const http = ['access_log off;', ...ownFolders, servers]
    // Its workers' user must be able to write to the folders: that of the test is.
    const user = process.getuid?.() === 0 ? ['user root;'] : []
    writeFileSync(file, [...user, ...main, 'events {}', 'http {', ...http, '}', ''].join('\n'))
    return ['-c', file, '-e', 'stderr']
  },
  haproxy(folder, { plain, tls, redirecting, nodes }, { certificate, key }) {
    mkdirSync(join(folder, 'certificates'))
    writeFileSync(join(folder, 'certificates', 'mfa.pem'), `${certificate}\n${key}`)
    const text = proxyFile('haproxy', [
      ['bind :80\n', `bind 127.0.0.1:${redirecting}\n  bind 127.0.0.1:${plain}\n`],
      ['bind :443 ', `bind 127.0.0.1:${tls} `],
      ['/usr/local/etc/haproxy/certificates/', join(folder, 'certificates/')],
      ['unless { ssl_fc }', `unless { ssl_fc } or { dst_port ${plain} }`],
      ['node1:8080', `127.0.0.1:${nodes[0]}`],
      ['node2:8080', `127.0.0.1:${nodes[1]}`],
    ])
    const file = join(folder, 'haproxy.cfg')
    writeFileSync(file, text)
    return ['-db', '-f', file]
  },
}

/** Starts the program at `path`, and resolves when it takes connections. */
export async function startProxy(kind: ProxyKind, path: string, ports: ProxyPorts, pair: Pair): Promise<FrontProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-proxy-'))
  const child: ChildProcess = spawn(path, preparations[kind](folder, ports, pair), {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data) => {
      said += data
    })
  const ended = once(child, 'close')
  const proxy: FrontProxy = {
    log: () => said,
    async close() {
      // In order: killed outright, nginx would leave its workers behind.
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null) break
    if (await takesConnections(ports.plain)) return proxy
    await sleep(50)
  }
  await proxy.close()
  throw new Error(`${kind} does not start: ${said}`)
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
