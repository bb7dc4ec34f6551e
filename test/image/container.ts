// Containers of the image, run by podman or docker as an operator would run them: nobody's root, on a read-only root file
// system, with no capability. They share the machine's loopback, where the simulated Entra is. TEST USAGE ONLY.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const ask = promisify(execFile)

export type Said = { code: number; output: string; errors: string }

export type Container = {
  /** Runs a command in it. */
  exec(...words: string[]): Promise<Said>
  /** Asks it to stop, as `stop` does, and gives its exit code. */
  stop(): Promise<number>
  /** What the engine knows of it. */
  inspect(format: string): Promise<string>
  log(): Promise<string>
}

export type Images = ReturnType<typeof createImages>

/** `program`: podman, docker, or a script that stands for one of them. */
export function createImages(program: string, image: string) {
  const names: string[] = []
  const data = mkdtempSync(join(tmpdir(), 'countersign-image-'))

  async function engine(...words: string[]): Promise<Said> {
    try {
      const { stdout, stderr } = await ask(program, words, { maxBuffer: 50_000_000 })
      return { code: 0, output: stdout, errors: stderr }
    } catch (error) {
      const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string }
      if (typeof code !== 'number') throw error
      return { code, output: stdout, errors: stderr }
    }
  }

  async function done(...words: string[]): Promise<string> {
    const { code, output, errors } = await engine(...words)
    if (code !== 0) throw new Error(`${words.join(' ')}: ${errors}`)
    return output.trim()
  }

  const settings = (environment: Record<string, string>): string[] =>
    Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`])

  const STRICT = [
    // Docker's read-only leaves no place for temporary files; podman's would, unless told.
    ...(program.endsWith('docker') ? [] : ['--read-only-tmpfs=false']),
    ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--network', 'host'],
    // As a machine that grants less than the engine's default does.
    ...['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=4096:4096'],
  ]

  return {
    /** A folder of this machine, for what is mounted. */
    data,
    inspectImage: (name: string, format: string) => done('image', 'inspect', '--format', format, name),

    /** Runs a container to its end. */
    runOnce: (environment: Record<string, string>, ...words: string[]) =>
      engine('run', '--rm', ...STRICT, ...settings(environment), image, ...words),

    /** Starts one, with these further words for the engine. */
    async start(environment: Record<string, string>, ...words: string[]): Promise<Container> {
      const name = `countersign-test-${process.pid}-${names.length}`
      names.push(name)
      await done('run', '--detach', '--name', name, ...STRICT, ...words, ...settings(environment), image)
      return {
        exec: (...command) => engine('exec', name, ...command),
        async stop() {
          await done('stop', '--time', '15', name)
          return Number(await done('inspect', '--format', '{{.State.ExitCode}}', name))
        },
        inspect: (format) => done('inspect', '--format', format, name),
        async log() {
          const { output, errors } = await engine('logs', name)
          return output + errors
        },
      }
    },

    async close(...volumes: string[]): Promise<void> {
      for (const name of names) await engine('rm', '--force', name)
      for (const volume of volumes) await engine('volume', 'rm', '--force', volume)
      rmSync(data, { recursive: true, force: true })
    },
  }
}
