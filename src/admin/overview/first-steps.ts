import type { OverviewFacts } from './facts.ts'

export type Step = {
  title: string
  how: string
  state: 'done' | 'next' | 'later'
  act: { href: string; label: string } | null
}

/** The way to the first sign-in, step by step; undefined once somebody has finished one. */
export function firstStepsOf({ integrations, everBound, everFinished }: OverviewFacts): Step[] | undefined {
  if (everFinished) return undefined
  const hints = integrations.flatMap(({ hints }) => Object.values(hints))
  const isAccepted = hints.some(({ acceptedAt }) => acceptedAt !== null)
  // A request that was refused shows that Entra has been told of us.
  const isHeard = isAccepted || hints.some(({ refused }) => refused !== null)
  const [only] = integrations
  const page = only && integrations.length === 1 ? `/admin/integrations/${only.id}` : '/admin/integrations'
  const steps = [
    {
      title: 'Connect a tenant',
      how: 'Tell Countersign which Entra tenant it serves: its Directory ID and an app registration of yours.',
      isDone: integrations.length > 0,
      act: { href: '/admin/integrations/new', label: 'Connect a tenant' },
    },
    {
      title: 'Set it up in Entra',
      how: 'The page of your tenant has every value to paste, and says where to click.',
      isDone: isHeard,
      act: { href: page, label: 'See the values' },
    },
    {
      title: 'See the first request arrive',
      how: 'Sign in as a pilot person. This page notices by itself, and says what is wrong if Entra’s request is refused.',
      isDone: isAccepted,
      act: { href: page, label: 'See the last request' },
    },
    {
      title: 'Add the first phone',
      how: 'That person scans the code on the sign-in page, types the number, and approves.',
      isDone: everBound,
      act: null,
    },
  ]
  const next = steps.findIndex(({ isDone }) => !isDone)
  return steps.map(({ isDone, act, ...step }, i) => ({
    ...step,
    state: isDone ? 'done' : i === next ? 'next' : 'later',
    act: i === next ? act : null,
  }))
}
