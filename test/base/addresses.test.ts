// What an endpoint may name, in every notation that leads inside. RFC 6890 and the registries that it lists.
import { describe, expect, test } from '@jest/globals'
import { ForbiddenAddress, faultOfEndpoint, isPublicAddress, resolvePublic } from '../../src/base/addresses.ts'

const INSIDE = {
  'loopback, IPv4': ['127.0.0.1', '127.255.255.254'],
  'loopback, IPv6': ['::1', '0:0:0:0:0:0:0:1'],
  unspecified: ['0.0.0.0', '0.1.2.3', '::'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.254', '192.168.1.1'],
  'unique local': ['fc00::1', 'fd12:3456::1'],
  'link-local': ['169.254.1.1', 'fe80::1', 'febf::1'],
  'the metadata of clouds': ['169.254.169.254', 'fd00:ec2::254', '100.100.100.200', '192.0.0.192', '168.63.129.16'],
  'shared by carriers': ['100.64.0.1', '100.127.255.254'],
  'for documentation and benchmarks': [
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '198.18.0.1',
    '2001:db8::1',
    '3fff::1',
  ],
  'reserved, multicast, broadcast': ['240.0.0.1', '224.0.0.1', '255.255.255.255', 'ff02::1', '192.88.99.1', '100::1'],
  'mapped into IPv6': [
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '::FFFF:A9FE:A9FE',
    '0:0:0:0:0:ffff:c0a8:101',
  ],
  'compatible and translated': ['::127.0.0.1', '::7f00:1', '::ffff:0:127.0.0.1'],
  'behind NAT64': ['64:ff9b::127.0.0.1', '64:ff9b::a00:1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::a00:1'],
  '6to4 and Teredo': ['2002:7f00:1::1', '2002:0a00:0001::1', '2002:808:808::1', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  'nobody’s yet': ['4000::1', 'fec0::1', '5f00::1'],
  'with a zone': ['fe80::1%eth0', 'fe80::1%1', '2606:4700::1111%eth0', '::1%lo', '::ffff:8.8.8.8%0'],
  'no address at all': ['', 'localhost', '127.1', '0x7f.0.0.1', '0177.0.0.1', '2130706433', '127.0.0.1.'],
}

describe('an address', () => {
  test.each(Object.entries(INSIDE))('is not connected to: %s', (_kind, addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([])
  })

  test.each([
    '8.8.8.8',
    '142.250.1.1',
    '2606:4700::1111',
    '2a00:1450:4001::2003',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
  ])('is connected to: %s', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })
})

/** The host that a URL hands to the resolver, whatever way its address is written in. */
const hostOf = (url: string): string => new URL(url).hostname
const at = (...addresses: string[]) => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
const names =
  (known: Record<string, string[]>) =>
  async (name: string): Promise<{ address: string; family: number }[]> =>
    at(...(known[name] ?? []))
const neverAsked = async (name: string): Promise<never> => {
  throw new Error(`${name} was looked up`)
}

describe('the host of an endpoint', () => {
  test.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://127.0.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0x7f.0.0.1/',
    'https://0177.0.0.1/',
    'https://017700000001/',
    'https://127.0.0.1./',
    'https://%31%32%37.0.0.1/',
    'https://１２７.0.0.1/',
    'https://127。0。0。1/',
    'https://0/',
    'https://10.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://0xa9fea9fe/',
    'https://[::1]/',
    'https://[::]/',
    'https://[0:0:0:0:0:ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[64:ff9b::127.0.0.1]/',
    'https://[2002:7f00:1::]/',
    'https://[fd00:ec2::254]/',
  ])('is refused without being looked up: %s', async (url) => {
    await expect(resolvePublic(hostOf(url), neverAsked, [])).rejects.toBeInstanceOf(ForbiddenAddress)
  })

  test('with a zone is no URL', () => {
    expect(faultOfEndpoint('https://[fe80::1%25eth0]/', [])).toBeDefined()
    expect(faultOfEndpoint('https://[fe80::1%eth0]/', [])).toBeDefined()
  })

  test.each([
    ['localhost', ['127.0.0.1', '::1']],
    ['localhost.', ['127.0.0.1']],
    ['anything.localhost', ['::1']],
    ['localtest.example', ['127.0.0.1']],
    ['metadata.google.internal', ['169.254.169.254']],
    ['intranet', ['10.0.0.7']],
    ['one-of-each.example', ['142.250.1.1', '10.0.0.7']],
    ['the-other-way-round.example', ['10.0.0.7', '142.250.1.1']],
    ['public-and-mapped.example', ['142.250.1.1', '::ffff:10.0.0.7']],
    ['link.example', ['fe80::1%eth0']],
    ['nowhere.example', []],
  ])('is refused by what its name stands for: %s', async (name, addresses) => {
    const resolving = resolvePublic(hostOf(`https://${name}/`), names({ [name]: addresses }), [])
    await expect(resolving).rejects.toBeInstanceOf(ForbiddenAddress)
  })

  test('is looked up once, and what came of that is what is connected to', async () => {
    const answers = [at('142.250.1.1'), at('127.0.0.1')]
    const asked: string[] = []
    const rebinding = async (name: string) => {
      asked.push(name)
      return answers.shift() ?? []
    }
    expect(await resolvePublic('rebinding.example', rebinding, [])).toEqual(at('142.250.1.1'))
    expect(asked).toEqual(['rebinding.example'])
    await expect(resolvePublic('rebinding.example', rebinding, [])).rejects.toBeInstanceOf(ForbiddenAddress)
  })

  test('may be anywhere when the operator named it, and nothing else may for that', async () => {
    const trusted = ['push.intranet', '10.0.0.7', '::1']
    const known = names({
      'push.intranet': ['10.0.0.9'],
      'push.intranet.': ['10.0.0.9'],
      'x.push.intranet': ['10.0.0.9'],
    })
    expect(await resolvePublic('push.intranet', known, trusted)).toEqual(at('10.0.0.9'))
    expect(await resolvePublic('10.0.0.7', neverAsked, trusted)).toEqual(at('10.0.0.7'))
    expect(await resolvePublic('[::1]', neverAsked, trusted)).toEqual(at('::1'))
    for (const other of ['push.intranet.', 'x.push.intranet', '10.0.0.8', '[::ffff:a00:7]'])
      await expect(resolvePublic(other, known, trusted)).rejects.toBeInstanceOf(ForbiddenAddress)
  })

  test('is not refused for good when the name server is silent: that is another error', async () => {
    const down = async (): Promise<never> => {
      throw new Error('EAI_AGAIN')
    }
    await expect(resolvePublic('push.example', down, [])).rejects.not.toBeInstanceOf(ForbiddenAddress)
  })
})

describe('an endpoint', () => {
  test.each([
    ['http://push.example/', 'not an https URL'],
    ['ftp://push.example/', 'not an https URL'],
    ['file:///etc/passwd', 'not an https URL'],
    ['https:', 'not an https URL'],
    ['push.example', 'not an https URL'],
    ['https://user@push.example/', 'names a user'],
    ['https://:password@push.example/', 'names a user'],
    ['https://push.example@127.0.0.1/', 'names a user'],
    ['https://push.example:8443/', 'names a port'],
    ['https://push.example:22/', 'names a port'],
  ])('is refused before anything is looked up: %s (%s)', (endpoint, fault) => {
    expect(faultOfEndpoint(endpoint, ['trusted.example'])).toBe(fault)
  })

  test('of the operator’s own host may name a port; the port of https is none', () => {
    expect(faultOfEndpoint('https://trusted.example:8443/x', ['trusted.example'])).toBeUndefined()
    expect(faultOfEndpoint('https://[::1]:8443/x', ['::1'])).toBeUndefined()
    expect(faultOfEndpoint('https://push.example:443/x', [])).toBeUndefined()
  })
})
