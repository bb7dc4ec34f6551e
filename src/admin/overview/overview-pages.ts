// The overview: what needs attention, and how the last 24 hours went. It is where one lands after signing in.
import { mayRole, type Role } from '../../administrators/permissions.ts'
import type { Handler } from '../frame.ts'
import { outcomeWords } from '../sign-ins/outcome-words.ts'
import type { AdminDeps, Wiring } from '../wiring.ts'
import { moment } from '../words.ts'
import { type Attention, attentionOf, type Level } from './attention.ts'
import { gatherFacts } from './facts.ts'
import { pushFigures, signInFigures, sumOf } from './figures.ts'
import { firstStepsOf } from './first-steps.ts'

const levelWords: Record<Level, { name: string; chip: string }> = {
  now: { name: 'Now', chip: 'bad' },
  soon: { name: 'Soon', chip: 'caution' },
  note: { name: 'Good to know', chip: '' },
}

/** An attention as the page has it; who may not act is told who may. */
const shownTo =
  (role: Role) =>
  ({ level, sentence, when, act }: Attention) => ({
    ...levelWords[level],
    isUrgent: level === 'now',
    sentence,
    when: when ? { words: when.words, at: moment(when.at) } : null,
    act: mayRole(role, act.needs) ? act : null,
  })

/** How many there are, in a sentence that is read out when it changes. */
function summaryOf(attentions: readonly Attention[]): string {
  const pressing = attentions.filter(({ level }) => level !== 'note').length
  if (pressing === 0) return 'Nothing needs your attention.'
  return pressing === 1 ? 'One thing needs your attention.' : `${pressing} things need your attention.`
}

export function addOverviewPages({ get, frame }: Wiring, deps: AdminDeps): void {
  const show: Handler = async ({ administrator, show }) => {
    const facts = await gatherFacts(deps)
    const attentions = attentionOf(facts)
    const health = deps.push.health()
    const signIns = signInFigures(facts.counts)
    const pushes = pushFigures(health)
    show('admin/overview/overview', {
      title: 'Overview',
      steps: firstStepsOf(facts)?.map((step) => ({
        ...step,
        act: mayRole(administrator.role, 'integrations') ? step.act : null,
      })),
      summary: summaryOf(attentions),
      attentions: attentions.map(shownTo(administrator.role)),
      tiles: [
        { label: outcomeWords.answered.name, count: facts.counts.answered, isBad: false },
        { label: 'Under way', count: facts.counts.open + facts.counts.approved, isBad: false },
        { label: outcomeWords.reported.name, count: facts.counts.reported, isBad: facts.counts.reported > 0 },
      ],
      signIns: { rows: signIns, sum: sumOf(signIns) },
      pushes: { rows: pushes, sum: sumOf(pushes), since: moment(health.since) },
    })
  }
  get('/admin/', frame.only('read', show))
}
