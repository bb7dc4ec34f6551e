// The settings that name other machines.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { VariableName } from './config-variables.ts'

/** `ca`: the authorities that the receiver is verified by; null: those of Node.js. */
export type Syslog = { host: string; port: number; ca: string | null; caFile: string | null }

/** Names of hosts, separated by commas. */
export function readHosts(
  value: (name: VariableName) => string | undefined,
  wrong: (name: VariableName, wants: string) => void,
  name: 'COUNTERSIGN_PUSH_TRUSTED_HOSTS' | 'COUNTERSIGN_WEBHOOK_TRUSTED_HOSTS',
): string[] {
  const hosts = (value(name) ?? '')
    .split(',')
    .map((host) => host.trim().toLowerCase())
    .filter((host) => host !== '')
  // Compared with the host of an endpoint, and so wanted as a URL writes it (IPv6 without the brackets).
  const inUrl = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host)
  const isHost = (host: string): boolean => URL.parse(`https://${inUrl(host)}`)?.hostname === inUrl(host)
  if (hosts.some((host) => host.includes('*') || !isHost(host)))
    wrong(name, 'must be host names or IP addresses, separated by commas, without ports')
  return hosts
}

/** Where the audit log goes by syslog; null when nowhere. */
export function readSyslog(
  value: (name: VariableName) => string | undefined,
  wrong: (name: VariableName, wants: string) => void,
): Syslog | null {
  const [text, caFile] = [value('COUNTERSIGN_SYSLOG_URL'), value('COUNTERSIGN_SYSLOG_CA_FILE') ?? null]
  if (caFile && !text) wrong('COUNTERSIGN_SYSLOG_CA_FILE', 'is for COUNTERSIGN_SYSLOG_URL, which is not given')
  if (!text) return null
  const [, host, port] = /^syslog\+tls:\/\/(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?\/?$/i.exec(text) ?? []
  // 6514 is the port that is registered for it (RFC 5425 section 4.1).
  const number = Number(port ?? 6514)
  if (!host || number < 1 || number > 65_535) {
    wrong('COUNTERSIGN_SYSLOG_URL', 'must look like syslog+tls://host:6514')
    return null
  }
  try {
    const ca = caFile && readFileSync(caFile, 'utf8')
    if (ca !== null) new X509Certificate(ca)
    return { host: host.replace(/^\[|\]$/g, ''), port: number, ca, caFile }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    wrong('COUNTERSIGN_SYSLOG_CA_FILE', `must be a readable file of certificates in PEM (${code})`)
    return null
  }
}
