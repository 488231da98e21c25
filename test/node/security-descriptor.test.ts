import assert from 'node:assert/strict'
import { findUntrustedWriter } from '../../src/node/security-descriptor.ts'

const TRUSTED_INSTALLER = 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464'
const PERSON = 'S-1-5-21-1-2-3-1001'

describe('the access list of a file on Windows', () => {
  const trusted = [
    'O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)',
    'O:SYG:SYD:(A;;FA;;;S-1-5-18)(A;;FA;;;S-1-5-32-544)(A;;FR;;;WD)',
    `O:${TRUSTED_INSTALLER}G:SYD:(A;;FA;;;${TRUSTED_INSTALLER})(A;;GRGX;;;BU)`,
    'O:BAG:SYD:(A;OICIIO;FA;;;CO)(D;;FA;;;BU)(XD;;FA;;;WD)',
    'O:BAG:SYD:(A;;CCSWWPLORC;;;BU)',
  ]
  for (const descriptor of trusted)
    it(`is administrators' alone: ${descriptor}`, () => assert.equal(findUntrustedWriter(descriptor), undefined))

  const untrusted: readonly [string, string][] = [
    [`O:${PERSON}G:SYD:(A;;FA;;;BA)`, PERSON],
    ['O:BAG:SYD:(A;;FA;;;BA)(A;CI;DCLCRPCR;;;BU)', 'BU'],
    ['O:BAG:SYD:(A;;FA;;;BA)(A;;0x1301bf;;;AU)', 'AU'],
    ['O:BAG:SYD:(A;;GA;;;WD)', 'WD'],
    ['O:BAG:SYD:(A;;WD;;;BU)', 'BU'],
    ['O:BAG:SYD:(A;;FRF;;;BU)', 'BU'],
    ['O:BAG:SYD:(A;;ZZ;;;BU)', 'BU'],
    [`O:BAG:SYD:(XA;;FW;;;${PERSON};(Member_of {SID(BA)}))`, '?'],
    ['O:BAG:SYD:NO_ACCESS_CONTROL', '?'],
    ['O:BAG:SY', '?'],
    ['D:(A;;FA;;;BA)', '?'],
    ['', '?'],
    ['access denied', '?'],
  ]
  for (const [descriptor, trustee] of untrusted)
    it(`lets ${trustee} write: ${descriptor}`, () => assert.equal(findUntrustedWriter(descriptor), trustee))
})
