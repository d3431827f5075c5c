import { Stack, Validations } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';

/**
 * Role of all instances: may write the log and use Session Manager (instead of SSH: no port, no keys, sessions
 * logged).
 */
export function instanceRole(scope: Construct, logs: LogGroup): Role {
  const role = new Role(scope, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
  role.addManagedPolicy(ManagedPolicy.fromAwsManagedPolicyName('AmazonSSMManagedInstanceCore'));
  Validations.of(role).acknowledge({
    id: 'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AmazonSSMManagedInstanceCore]',
    reason: 'AWS’s minimal policy for Session Manager.',
  });
  role.addToPolicy(
    new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
      resources: [logs.logGroupArn],
    }),
  );
  return role;
}

/** Lets an instance fetch its program when it starts. */
export function allowAsset(role: Role, asset: Asset): void {
  const { partition } = Stack.of(role);
  role.addToPolicy(
    new PolicyStatement({
      actions: ['s3:GetObject'],
      resources: [`arn:${partition}:s3:::${asset.s3BucketName}/${asset.s3ObjectKey}`],
    }),
  );
}
