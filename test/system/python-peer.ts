import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../../.cache/system/venv', import.meta.url))
const interpreter = join(folder, ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']))
const script = fileURLToPath(new URL('peer.py', import.meta.url))

/** What an application of MSAL Python is made of. */
export interface PythonApplication {
  readonly kind: 'PublicClientApplication' | 'ConfidentialClientApplication'
  readonly options: Readonly<Record<string, unknown>>
  /** `METHOD url` → JSON; without it the real network is used. */
  readonly network?: Readonly<Record<string, unknown>>
  /** A serialized cache. */
  readonly cache?: string | undefined
}

/** The members of MSAL Python's answers that tests look at; which of them are there is what they test. */
export type PythonResult = Readonly<Record<string, string>> & Readonly<Record<string, unknown>>

/** An application of MSAL Python in a process of its own. */
export interface PythonPeer {
  /** MSAL Python's version. */
  readonly version: string
  readonly call: <T = PythonResult>(method: string, keywords?: object) => Promise<T>
  readonly serialize: () => Promise<string>
  readonly stop: () => Promise<void>
}

/** Starts MSAL Python with an application; `ca` is the PEM file that it trusts. */
export async function openPythonPeer(application: PythonApplication, ca?: string): Promise<PythonPeer> {
  const { REQUESTS_CA_BUNDLE: _, ...environment } = process.env
  const child = spawn(interpreter, [script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...environment, ...(ca !== undefined && { REQUESTS_CA_BUNDLE: ca }) },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async (request: object): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await lines.next()
    if (done === true) throw new Error('MSAL Python ended')
    const reply = JSON.parse(value) as { readonly result?: unknown; readonly error?: string }
    if (reply.error !== undefined) throw new Error(reply.error)
    return reply.result
  }
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return
    child.stdin.end()
    await once(child, 'exit')
  }
  try {
    const version = (await ask({ do: 'open', ...application })) as string
    return {
      version,
      call: async <T>(method: string, keywords: object = {}) =>
        (await ask({ do: 'call', method, arguments: keywords })) as T,
      serialize: async () => (await ask({ do: 'serialize' })) as string,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
