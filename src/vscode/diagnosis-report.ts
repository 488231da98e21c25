import { l10n } from 'vscode'
import type { Section } from './diagnosis-fact.ts'
import { redact } from './log-channel.ts'

/** Prints a report in Markdown: no user name, token or password is in it, and nothing in it is a link. */
export function printReport(sections: readonly Section[], at: Date): string {
  const parts = sections
    .filter(({ facts }) => facts.length > 0)
    .map(({ title, facts }) => [
      `## ${title}`,
      '',
      ...facts.map(([name, value]) => `- **${name}:** ${asCode(redact(value))}`),
      '',
    ])
  return [
    `# ${l10n.t('Diagnosis of the sign-in')}`,
    '',
    l10n.t(
      'Made on {0}. It holds no user names, tokens or passwords; tenant and client IDs are in it.',
      at.toISOString(),
    ),
    '',
    ...parts.flat(),
  ].join('\n')
}

const asCode = (text: string) => `\`${text.replaceAll('`', "'").replace(/\s+/g, ' ').trim() || '–'}\``
