import { ADMIN_ROLES, type AdminRole } from '@swipegate/contract';
import { type Action, may, PERMISSIONS } from '@swipegate/contract/back-office/permissions';
import fc from 'fast-check';
import t from 'tap';

function isAction(name: string): name is Action {
  return name in PERMISSIONS;
}

const actions = Object.keys(PERMISSIONS).filter(isAction);
const anyAction = fc.constantFrom(...actions);
const anyRoles = fc.uniqueArray(fc.constantFrom<AdminRole>(...ADMIN_ROLES)).map((roles) => new Set(roles));

t.test('several roles allow the union of their actions', async (t) => {
  fc.assert(
    fc.property(anyAction, anyRoles, anyRoles, (action, some, others) => {
      const both = { roles: new Set([...some, ...others]) };
      return may(both, action) === (may({ roles: some }, action) || may({ roles: others }, action));
    }),
  );
  for (const action of actions) t.notOk(may({ roles: new Set() }, action), `${action} without a role`);
});

t.test('every action has a role, and every role differs', async (t) => {
  for (const action of actions) t.ok(PERMISSIONS[action].length > 0, action);
  const can = (role: AdminRole) => actions.filter((action) => may({ roles: new Set([role]) }, action)).join(' ');
  t.equal(new Set(ADMIN_ROLES.map(can)).size, ADMIN_ROLES.length);
  t.equal(can('admin'), actions.join(' '));
});
