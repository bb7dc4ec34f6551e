// What there is to ask of a sign-in by its link, read from the routes themselves: one that is added cannot be forgotten.
import type { Service } from '../../src/service.ts'

export type Asked = { method: 'GET' | 'POST'; path: string }

type Layer = { route?: { path: unknown; methods: Record<string, boolean> }; handle: { stack?: Layer[] } }

const SIGN_IN = '/entra/sign-in/:id'

/** The routes behind a sign-in's link, each as what comes after that. Routes that only say 405 are not among them. */
export function signInRoutes({ app }: Pick<Service, 'app'>): Asked[] {
  const layersOf = (stack: Layer[]): Layer[] => stack.flatMap((layer) => [layer, ...layersOf(layer.handle.stack ?? [])])
  return layersOf(app.router.stack as unknown as Layer[]).flatMap(({ route }) => {
    if (typeof route?.path !== 'string' || !route.path.startsWith(SIGN_IN)) return []
    const methods = Object.keys(route.methods).filter((method) => method !== '_all')
    return methods.map((method) => ({
      method: method.toUpperCase() as Asked['method'],
      path: (route.path as string).slice(SIGN_IN.length),
    }))
  })
}
