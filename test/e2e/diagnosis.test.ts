import assert from 'node:assert/strict'
import type { Page } from '../host/playwright.ts'
import {
  answerDialog,
  answerNotification,
  clearNotifications,
  eventually,
  notification,
  runCommand,
} from '../host/workbench.ts'
import { person, signInOnPage } from './pages.ts'
import type { Stage } from './stage.ts'
import { useStage } from './use-stage.ts'

/** What a token endpoint answers for a person who was blocked a moment ago. */
const BLOCKED = {
  error: 'invalid_grant',
  error_description: 'AADSTS50057: The user account ada@contoso.test is disabled. Trace ID: x Correlation ID: y',
  error_codes: [50057],
  correlation_id: '11111111-1111-4111-8111-111111111111',
  trace_id: '22222222-2222-4222-8222-222222222222',
}

describe('a window whose sign-in fails', function () {
  this.timeout(60_000)

  let stage: Stage
  let page: Page

  useStage('diagnosis', { desktop: true }, async (opened) => {
    stage = opened
    page = stage.page
    await stage.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  })

  it('#17 A refusal is shown raw: a blocked person reads what happened and what to do', async () => {
    stage.simulator.controls.addFault({ grantType: 'authorization_code', status: 400, body: BLOCKED })
    const opened = stage.nextTab()
    const outcome = await stage.consume('Get Session')
    await answerDialog(page, 'Allow')
    await signInOnPage(await opened, person(stage, 'ada'))
    const message = /^The account is disabled\. Ask your organization's administrator .* \(AADSTS50057\)$/
    assert.match((await outcome()).error ?? '', message)
    await notification(page, /The account is disabled\..*AADSTS50057/)
  })

  it('#37 Names of people are written to logs: the diagnosis opens from the notification, and holds none', async () => {
    await answerNotification(page, /^(?!Consumer).*The account is disabled/, 'Diagnose')
    await page.locator('.tab').filter({ hasText: 'Diagnosis of the sign-in' }).waitFor()
    await runCommand(page, 'Entra Auth: Copy Diagnosis')
    const text = await eventually(async () => {
      const copied = await page.evaluate(() => navigator.clipboard.readText())
      assert.match(copied, /# Diagnosis of the sign-in/)
      return copied
    })
    assert.doesNotMatch(text, /ada|@|contoso\.test/i)
    for (const line of [
      '**Used:** `browser`',
      '**Why:** `the browser runs on the same machine as this extension`',
      `**Client ID:** \`${stage.simulator.clients.public.clientId}\``,
      `**Authority:** \`${stage.simulator.http}/organizations\``,
      '**Answer:** `status 200 in',
      '**Clock of this machine:** `right',
      '**A secret survives:** `yes`',
      '**What to do:** `The account is disabled.',
      `**Correlation ID:** \`${BLOCKED.correlation_id}\``,
    ])
      assert.ok(text.includes(line), `${line} is not in ${text}`)
    await clearNotifications(page)
  })
})

describe('a computer whose administrator allows another tenant', function () {
  this.timeout(60_000)

  let stage: Stage

  const allowedTenants = ['99999999-9999-4999-8999-999999999999', '88888888-8888-4888-8888-888888888888']
  useStage('policy', { desktop: true, policy: () => ({ allowedTenants }) }, (opened) => {
    stage = opened
  })

  it('#38 An administrator wants to allow only the own tenant: a sign-in to another is stopped before any request', async () => {
    stage.simulator.controls.resetCounts()
    for (const [command, message] of [
      ['Get Session', /policy\.json allows certain tenants only\. Set entraAuth\.tenant/],
      [
        'Get Session in Guest Tenant',
        /is not allowed by .*policy\.json\. Use an allowed one, or ask whoever administers/,
      ],
    ] as const) {
      const outcome = await stage.consume(command)
      await answerDialog(stage.page, 'Allow')
      assert.match((await outcome()).error ?? '', message)
      await notification(stage.page, message)
    }
    assert.deepEqual(stage.requests(), [])
  })
})
