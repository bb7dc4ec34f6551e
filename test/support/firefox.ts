// Firefox for tests: where it is. Debian's is the extended support release.
import { library, program } from './programs.ts'

export const firefox = program('Firefox', 'firefox-esr', 'firefox-esr', 'firefox')

/** What Firefox shows desktop notifications with; without it, showing one fails. */
export const libnotify = library('libnotify', 'libnotify4', 'libnotify.so.4')
