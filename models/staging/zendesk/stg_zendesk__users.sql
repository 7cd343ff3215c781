-- stg_zendesk__users: one row per raw row of users, read and judged.
with

raw_users as (

    select * from {{ raw_table('zendesk', 'user') }}
    {{ not_yet_read() }}

),

read as (

    select
        {{ clean_text('id') }} as user_id,
        {{ clean_text('organization_id') }} as organization_id,
        lower({{ clean_text('role') }}) as user_role,
        {{ clean_text('name') }} as user_name,
        {{ clean_text('email') }} as email,
        {{ in_utc(clean_text('created_at')) }} as created_at_text,
        {{ zendesk_copy_columns('updated_at') }},
        {{ lineage_columns('raw_users') }}
    from raw_users

),

typed as (

    select
        *,
        cast({{ local_timestamp('created_at_text') }} as date) as created_on,
        {{ utc_timestamp('updated_at_text') }} as updated_at,
        {{ flag('deleted_text') }} as is_deleted
    from read

),

judged as (

    select
        *,
        case
            when user_id is null then 'missing_key'
            {{ reasons_of_a_copy() }}
            when user_role is null then 'missing_value'
            when created_at_text is not null and created_on is null then 'unreadable_timestamp'
        end as reason
    from typed

),

judged_rows as (

    select
        user_id,
        organization_id,
        user_name,
        email,
        user_role <> 'end-user' as is_staff,
        created_on,
        {{ judged_columns('user_id') }}
    from judged

),

{{ settled(
    columns=[
        'user_id',
        'organization_id',
        'user_name',
        'email',
        'is_staff',
        'created_on',
    ],
    key=['user_id'],
) }}

select * from settled
