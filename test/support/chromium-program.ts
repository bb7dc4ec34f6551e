import { program } from './programs.ts'

export const CHROMIUM_FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
]

export const chromiumProgram = program('Chromium', 'chromium', 'chromium')
