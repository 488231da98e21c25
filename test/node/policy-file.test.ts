import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { listPolicyPaths, readPolicyFile, type PolicySystem } from '../../src/node/policy-file.ts'

describe('the place of the policy', () => {
  it('is one that only administrators write, by platform', () => {
    assert.deepEqual(listPolicyPaths('linux', 'C:\\x'), ['/etc/entra-auth/policy.json'])
    assert.deepEqual(listPolicyPaths('darwin', undefined), ['/Library/Application Support/entra-auth/policy.json'])
  })

  it('on Windows is also that of the default drive, whatever the environment says', () => {
    const usual = 'C:\\ProgramData\\entra-auth\\policy.json'
    assert.deepEqual(listPolicyPaths('win32', 'C:\\ProgramData'), [usual])
    assert.deepEqual(listPolicyPaths('win32', 'D:\\Data'), ['D:\\Data\\entra-auth\\policy.json', usual])
    for (const folder of [undefined, '', 'relative']) assert.deepEqual(listPolicyPaths('win32', folder), [usual])
  })
})

describe('a policy file', function () {
  let root: string
  let file: string
  /** The tests need not run as an administrator: whoever runs them is taken for one. */
  const system: PolicySystem = {
    platform: 'linux',
    administrators: [0, process.getuid?.() ?? 0],
    administratorGroups: [],
  }
  const read = (name = file, how = system) => readPolicyFile([name], how)
  const problemOf = async (name = file, how = system) => {
    const found = await read(name, how)
    assert.equal(found.kind, 'refused')
    assert.equal(found.path, name)
    return [found.problem.reason, found.problem.path]
  }

  before(function () {
    if (process.platform === 'win32') this.skip()
  })

  beforeEach(async () => {
    root = await realpath(await mkdtemp(path.join(tmpdir(), 'entra-auth-policy-')))
    await mkdir(path.join(root, 'entra-auth'), { mode: 0o755 })
    file = path.join(root, 'entra-auth/policy.json')
    await writeFile(file, '{}', { mode: 0o644 })
  })

  afterEach(() => rm(root, { recursive: true, force: true }))

  it('is read where nobody else may write', async () =>
    assert.deepEqual(await read(), { kind: 'text', path: file, text: '{}' }))

  it('may be absent, with its folder or alone, and the next place is looked at', async () => {
    assert.deepEqual(await read(path.join(root, 'entra-auth/other.json')), { kind: 'absent' })
    assert.deepEqual(await read(path.join(root, 'other/policy.json')), { kind: 'absent' })
    assert.equal((await readPolicyFile([path.join(root, 'other/policy.json'), file], system)).kind, 'text')
  })

  it('is refused where its group or everybody may write it', async () => {
    for (const mode of [0o664, 0o646]) {
      await chmod(file, mode)
      assert.deepEqual(await problemOf(), ['writableByOthers', file])
    }
  })

  it('is refused where others may write its folder, or one above it', async () => {
    for (const folder of [path.dirname(file), root]) {
      await chmod(folder, 0o777)
      assert.deepEqual(await problemOf(), ['writableByOthers', folder])
      await chmod(folder, 0o755)
    }
  })

  it('is refused where it belongs to somebody else', async () => {
    const [reason] = await problemOf(file, { ...system, administrators: [4_000_000] })
    assert.equal(reason, 'writableByOthers')
  })

  it('may be writable for a group of administrators, where the system has one', async () => {
    await chmod(file, 0o664)
    const gids = [process.getgid?.() ?? 0]
    assert.equal((await read(file, { ...system, administratorGroups: gids })).kind, 'text')
  })

  it('is found through a link, and every step of its way is checked', async () => {
    const folder = path.join(root, 'elsewhere')
    await mkdir(folder, { mode: 0o755 })
    await writeFile(path.join(folder, 'real.json'), '{"a":1}', { mode: 0o644 })
    const link = path.join(root, 'entra-auth/link.json')
    await symlink('../elsewhere/real.json', link)
    assert.deepEqual(await read(link), { kind: 'text', path: link, text: '{"a":1}' })
    await chmod(folder, 0o777)
    assert.deepEqual(await problemOf(link), ['writableByOthers', folder])
  })

  it('is refused where its link leads nowhere, or links never end', async () => {
    const loop = path.join(root, 'entra-auth/loop.json')
    await symlink(loop, loop)
    assert.deepEqual(await problemOf(loop), ['unreadable', loop])
    const dangling = path.join(root, 'entra-auth/dangling.json')
    await symlink('/nowhere/policy.json', dangling)
    assert.deepEqual(await problemOf(dangling), ['unreadable', dangling])
  })

  it('is refused where it is a folder, too large or no text', async () => {
    const folder = path.join(root, 'entra-auth/folder.json')
    await mkdir(folder, { mode: 0o755 })
    assert.deepEqual(await problemOf(folder), ['notAFile', folder])
    await writeFile(file, ' '.repeat(65_537))
    assert.deepEqual(await problemOf(), ['tooLarge', file])
    await writeFile(file, Buffer.from([0x7b, 0xff, 0x7d]))
    assert.deepEqual(await problemOf(), ['unreadable', file])
  })
})
