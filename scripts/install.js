// Installs what is missing, before anything else runs. Plain JavaScript: the Node that runs this may be an old one, and
// brings Node 24 with it (the npm package `node`).
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

// An operator whose own Node is new enough needs nothing of development: `npm ci --omit=dev` is enough there. Nor does the command
// line, which must not install anew under a service that runs.
const isOperator = process.env.NODE_ENV === 'production' || process.env.npm_lifecycle_event === 'precountersign'
const bare = isOperator && Number(process.versions.node.split('.')[0]) >= 24

/** Whether what is installed is what the lock file names. npm keeps its own copy of it in node_modules. */
function isInstalled() {
  try {
    const installed = JSON.parse(readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8')).packages
    const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
    return Object.entries(wanted).every(
      ([path, { version, dev, optional, devOptional }]) =>
        path === '' || optional || devOptional || (bare && dev) || installed[path]?.version === version,
    )
  } catch {
    return false
  }
}

if (!isInstalled()) {
  process.stderr.write('Installing what is missing (npm ci)...\n')
  const { status } = spawnSync(
    'npm',
    ['ci', bare ? '--omit=dev' : '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', process.stderr, process.stderr],
      shell: process.platform === 'win32',
    },
  )
  if (status !== 0) {
    process.stderr.write('npm ci failed. Its message is above.\n')
    process.exit(1)
  }
}
if (!bare && !existsSync(join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node'))) {
  process.stderr.write('The npm package `node` did not install its Node 24: npm did not run its install script.\n')
  process.exit(1)
}
