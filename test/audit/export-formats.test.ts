import { describe, expect, test } from '@jest/globals'
import type { AuditEvent, AuditRecord, RefusalCount } from '../../src/audit/events.ts'
import { lineFormat } from '../../src/audit/export-formats.ts'

const AT = Date.UTC(2026, 10, 23, 14, 5)
const record = (event: AuditEvent, digest = 'digest'): AuditRecord => ({
  ...{ writer: 'w', seq: 7, at: AT, event, previous: 'p', digest },
})
const inSignIn = { signInId: 's', integrationId: 'i', tenantId: 't', objectId: 'o' }
const count: RefusalCount = {
  ...{ minute: AT / 60_000, type: 'hint.refused', code: 'hint.key', integrationId: null, address: '192.0.2.0/24' },
  ...{ reason: 'no such key', count: 3 },
}
const bound = (deviceName: string): AuditEvent => ({
  ...{ ...inSignIn, type: 'ticket.redeemed', deviceId: 'd', deviceName, platform: 'Android', address: '192.0.2.7' },
  publicKey: '{"kty":"EC"}',
})
const approved: AuditEvent = {
  ...{ ...inSignIn, type: 'signin.approved', promptNumber: 1, deviceId: 'd', method: 'push', approval: 'ey.a.b' },
}

describe('CSV', () => {
  const csv = lineFormat('csv', '9')

  test('has a column for what most events have, and everything else as JSON in the last', () => {
    expect(csv.head).toBe(
      'at,type,by,signInId,integrationId,tenantId,objectId,deviceId,address,code,writer,seq,digest,facts\r\n',
    )
    expect(csv.record(record(approved))).toBe(
      '"2026-11-23T14:05:00.000Z","signin.approved",,"s","i","t","o","d",,,"w","7","digest",' +
        '"{""promptNumber"":1,""method"":""push"",""approval"":""ey.a.b""}"\r\n',
    )
    expect(csv.count(count)).toBe(
      '"2026-11-23T14:05:00.000Z","hint.refused",,,,,,,"192.0.2.0/24","hint.key",,,,' +
        '"{""reason"":""no such key"",""count"":3}"\r\n',
    )
  })

  test('quotes what would end a cell or a line', () => {
    const refused: AuditEvent = { type: 'limit.reached', of: 'codes', address: 'a,"b"\r\nc', until: 'u' }
    expect(csv.record(record(refused))).toContain(',"a,""b""\r\nc",')
  })

  test.each(['=cmd()', '+1', '-1', '@x', '\tx', '\rx', '\nx'])('makes no formula of %j', (address) => {
    const reached: AuditEvent = { type: 'limit.reached', of: 'codes', address, until: 'u' }
    expect(csv.record(record(reached))).toMatch(/,"'[=+\-@\t\r\n]/)
    // A digest is base64url, and may begin so too.
    expect(csv.record(record(approved, '-x'))).toContain(`,"7","'-x",`)
  })

  test('makes no formula where a spreadsheet takes `;` or a tab for the end of a cell, and the JSON is the same', () => {
    const name = 'x;=WEBSERVICE(A1);\t=y'
    const line = csv.record(record(bound(name)))
    expect(line).not.toMatch(/[;\t]/)
    const facts = /,"(\{.*\})"\r\n$/.exec(line)?.[1]?.replaceAll('""', '"') ?? ''
    expect(JSON.parse(facts)).toMatchObject({ deviceName: name })
    const reached: AuditEvent = { type: 'limit.reached', of: 'codes', address: 'a;=1;b\t+2\n@3', until: 'u' }
    expect(csv.record(record(reached))).toContain(`,"a;'=1;b\t'+2\n'@3",`)
  })
})

describe('CEF', () => {
  const cef = lineFormat('cef', '9')

  test('has its own keys for what it has keys for, and labels for the rest', () => {
    expect(cef.record(record(bound('Pixel')))).toBe(
      'CEF:0|Countersign|Countersign|9|ticket.redeemed|ticket redeemed|3|' +
        `rt=${AT} externalId=w:7 duid=o src=192.0.2.7 cs1Label=signInId cs1=s cs2Label=integrationId cs2=i ` +
        'cs3Label=tenantId cs3=t cs4Label=deviceId cs4=d cs5Label=digest cs5=digest ' +
        'msg={"deviceName":"Pixel","platform":"Android"}\n',
    )
    expect(cef.count(count)).toBe(
      'CEF:0|Countersign|Countersign|9|hint.refused|hint refused|5|' +
        `rt=${AT} cs6Label=network cs6=192.0.2.0/24 reason=no such key cnt=3 cs5Label=code cs5=hint.key\n`,
    )
  })

  test('leaves a phone’s signature and key out', () => {
    expect(cef.record(record(approved))).not.toContain('ey.a.b')
    expect(cef.record(record(bound('x')))).not.toContain('kty')
  })

  test('says an IPv6 address where it belongs', () => {
    const reached: AuditEvent = { type: 'limit.reached', of: 'codes', address: '2001:db8::1', until: 'u' }
    expect(cef.record(record(reached))).toContain('c6a2Label=Source IPv6 Address c6a2=2001:db8::1')
  })

  test('is one line with its members apart, whatever a phone is called', () => {
    const line = cef.record(record(bound('x src=1.2.3.4|\\ \nCEF:0|forged')))
    expect(line.indexOf('\n')).toBe(line.length - 1)
    expect(line).toContain('x src\\=1.2.3.4|\\\\\\\\ \\\\nCEF:0|forged')
    expect(line.match(/(?<!\\)src=/g)).toHaveLength(1)
    const reason: AuditEvent = { type: 'device.revoked', deviceId: 'd', ...inSignIn, by: 'service', reason: 'a\r\nb=c' }
    expect(cef.record(record(reason))).toContain('reason=a\\nb\\=c ')
  })
})
