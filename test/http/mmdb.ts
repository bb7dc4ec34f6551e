// Writes a database in MaxMind's format (MaxMind DB File Format Specification 2.0) with one IPv4 network. TEST USAGE ONLY.

type Value = string | number | Value[] | { [name: string]: Value }

/** The data section's encoding of a value: a control byte of type and size, then the value. */
function encode(value: Value): Buffer {
  const control = (type: number, size: number) => Buffer.from(type < 8 ? [(type << 5) | size] : [size, type - 7])
  if (typeof value === 'string') return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)])
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return Buffer.concat([control(6, 4), bytes])
  }
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)])
  const members = Object.entries(value)
  return Buffer.concat([
    control(7, members.length),
    ...members.flatMap(([name, member]) => [encode(name), encode(member)]),
  ])
}

/** A database in which the 24 bits of `network` (such as `192.0.2`) lead to `data`, and everything else to nothing. */
export function mmdb(network: string, data: Value): Buffer {
  const bits = network.split('.').flatMap((part) => [...Number(part).toString(2).padStart(8, '0')].map(Number))
  const nodes = bits.length
  const tree = bits.map((bit, index) => {
    const onward = index + 1 < nodes ? index + 1 : nodes + 16
    const node = Buffer.alloc(6)
    node.writeUIntBE(bit === 0 ? onward : nodes, 0, 3)
    node.writeUIntBE(bit === 1 ? onward : nodes, 3, 3)
    return node
  })
  const metadata = encode({
    node_count: nodes,
    record_size: 24,
    ip_version: 4,
    database_type: 'Test-City',
    languages: ['en'],
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    description: { en: 'A test' },
  })
  const marker = Buffer.concat([Buffer.from([0xab, 0xcd, 0xef]), Buffer.from('MaxMind.com')])
  return Buffer.concat([...tree, Buffer.alloc(16), encode(data), marker, metadata])
}
