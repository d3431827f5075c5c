import { join } from 'node:path';
import type { Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Settings } from './settings.js';
import { newLogGroup } from './storage.js';

/** One whole vCPU: a cold start is mostly parsing, so a fraction of a vCPU makes it that much longer. */
export const FUNCTION_MEMORY_MB = 1_769;

export interface BundledFunctionProps {
  settings: Settings;
  /** Folder with the functions built by `npm run build`, one subfolder each. */
  bundles: string;
  timeout: Duration;
  environment?: Record<string, string>;
  /** More options for NODE_OPTIONS. */
  nodeOptions?: readonly string[];
}

/**
 * A function from lambdas/ with its own log and its own role, which so far may only write that log.
 * @param name its folder; `change-store` becomes the construct ChangeStore
 */
export function bundledFunction(
  scope: Construct,
  name: string,
  { settings, bundles, timeout, environment = {}, nodeOptions = [] }: BundledFunctionProps,
): LambdaFunction {
  const id = constructId(name);
  const logGroup = newLogGroup(scope, `${id}Logs`, settings);
  const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  return new LambdaFunction(scope, id, {
    description: `Swipegate: ${name}`,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    handler: 'index.handler',
    code: Code.fromAsset(join(bundles, name)),
    memorySize: FUNCTION_MEMORY_MB,
    timeout,
    role,
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    tracing: Tracing.DISABLED,
    environment: {
      SWIPEGATE_STAGE: settings.SWIPEGATE_STAGE,
      NODE_OPTIONS: ['--enable-source-maps', ...nodeOptions].join(' '),
      ...environment,
    },
  });
}

/** Construct id in CloudFormation's style: change-store becomes ChangeStore. */
export function constructId(name: string): string {
  return name.replaceAll(/(?:^|-)([a-z])/g, (_, first: string) => first.toUpperCase());
}
