import type { TokenResult } from '../core/token-result.ts'
import type { ClientContext } from './client-context.ts'

const BURST_MS = 60_000

/**
 * Answers a claims challenge: what came for an equal one within the last minute, else what `run` brings. Ten requests that
 * were all refused at once ask the server once; a later refusal means that the new token does not suffice either.
 *
 * @param key - names the call, its challenge included
 */
export async function answerChallenge<T extends TokenResult | null>(
  context: Pick<ClientContext, 'answeredChallenges' | 'clock'>,
  key: string,
  run: () => Promise<T>,
): Promise<T | TokenResult> {
  const { answeredChallenges, clock } = context
  for (const [known, { at }] of answeredChallenges) if (clock.now() - at >= BURST_MS) answeredChallenges.delete(known)
  const answered = answeredChallenges.get(key)?.result
  if (answered && answered.expiresOn.getTime() > clock.now()) return { ...answered, tokenSource: 'cache' }
  const result = await run()
  if (result) answeredChallenges.set(key, { result, at: clock.now() })
  return result
}
