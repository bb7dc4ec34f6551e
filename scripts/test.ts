// `npm test`: types, style, then every suite. Words behind `npm test --` go to jest (a path, -t name).
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const words = process.argv.slice(2)

function run(title: string, script: string, ...args: string[]): void {
  process.stdout.write(`\n${title}\n`)
  const { status } = spawnSync(
    process.execPath,
    [
      ...(script.includes('jest') ? ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'] : []),
      join(root, script),
      ...args,
    ],
    { cwd: root, stdio: 'inherit' },
  )
  if (status !== 0) process.exit(status ?? 1)
}

if (words.length === 0) {
  const projects = [
    'tsconfig.json',
    'src/entra/browser',
    'src/admin/browser',
    'src/authenticator/browser',
    'src/authenticator/worker',
  ]
  for (const project of projects) run(`Types: ${project}`, 'node_modules/typescript/bin/tsc', '-p', project)
  run('Style', 'node_modules/@biomejs/biome/bin/biome', 'check', '.')
}
run('Tests', 'node_modules/jest/bin/jest.js', ...words)
