import { RemovalPolicy } from 'aws-cdk-lib';
import type { Settings } from './settings.js';

/** Whether what holds data survives the deletion of its stack. */
export function keeping({ SWIPEGATE_KEEP_DATA }: Settings): {
  removalPolicy: RemovalPolicy;
  deletionProtection: boolean;
} {
  const keeps = SWIPEGATE_KEEP_DATA === 'yes';
  return { removalPolicy: keeps ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY, deletionProtection: keeps };
}
