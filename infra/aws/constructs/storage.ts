import { RemovalPolicy } from 'aws-cdk-lib';
import type { Settings } from './settings.js';

/** Decides whether resources that hold data survive the deletion of their stack. */
export function keeping({ SWIPEGATE_KEEP_DATA }: Settings): {
  removalPolicy: RemovalPolicy;
  deletionProtection: boolean;
} {
  const keeps = SWIPEGATE_KEEP_DATA === 'yes';
  return { removalPolicy: keeps ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY, deletionProtection: keeps };
}
