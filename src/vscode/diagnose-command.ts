import * as vscode from 'vscode'
import type { DiagnosisParts } from './diagnosis.ts'
import { diagnose } from './diagnosis.ts'
import { printReport } from './diagnosis-report.ts'
import type { SignInWindow } from './sign-in-window.ts'

/** The scheme of the report's document; the manifest offers to copy it. */
const SCHEME = 'entra-auth-diagnosis'

/** The command that makes the report, and the one that copies it. */
export interface DiagnoseCommands {
  run(): Promise<void>
  copy(): Promise<void>
  dispose(): void
}

/** @param readParts - what is diagnosed, as it is when the command runs; undefined where the person gave it up */
export function createDiagnoseCommands(
  window: SignInWindow,
  readParts: () => Promise<DiagnosisParts | undefined>,
): DiagnoseCommands {
  let report = ''
  const changed = new vscode.EventEmitter<vscode.Uri>()
  const registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    onDidChange: changed.event,
    provideTextDocumentContent: () => report,
  })
  const copy = () => window.copyText(report)

  const make = async (parts: DiagnosisParts, cancelled: AbortSignal): Promise<string | undefined> => {
    const sections = await diagnose(parts, cancelled)
    return cancelled.aborted ? undefined : printReport(sections, new Date(parts.clock.now()))
  }

  return {
    async run() {
      const parts = await readParts()
      if (!parts) return
      const made = await window.withProgress(vscode.l10n.t('Diagnosing the sign-in…'), (_report, cancelled) =>
        make(parts, cancelled),
      )
      if (made === undefined) return
      report = made
      const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${vscode.l10n.t('Diagnosis of the sign-in')}.md` })
      changed.fire(uri)
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false })
      const label = vscode.l10n.t('Copy')
      const text = vscode.l10n.t('The diagnosis is made. It holds no user names, tokens or passwords.')
      void vscode.window.showInformationMessage(text, label).then((chosen) => (chosen === label ? copy() : undefined))
    },
    copy,
    dispose() {
      changed.dispose()
      registration.dispose()
    },
  }
}
